/*
 * One word of a trie: trie.ts, and limbo.ts as far as records go. Threads insert and remove keys by building a bucket and
 * swapping the word, and give the old bucket back at once; readers look without locks. Buckets are few, so that they are
 * used again while others still look at them; records wait in the limbo until every verb that had begun has ended.
 *
 * Words are seq-cst atomics. A record's key is stored plainly: it is seen late, but no later than what its writer makes
 * atomically behind it. A bucket's content is one step here, whose loads the word vouches for as it does for one.
 *
 * Promised: a key has one record at most; what is found has the key that was asked for, as long as the finder looks at it;
 * whoever inserted and was not removed is found; no bucket and no record is given back twice.
 *
 * Not in it: nodes of 16 words, which are published by the same swap, and death, after which a verb is one that never ends.
 *
 * Mutants: NO_TAG a swap does not change the tag; NO_LOOK a reader follows what a bucket held without looking at the word
 * again; NO_LIMBO records are used again at once; PLAIN_SWAP a swap that is seen before what was stored ahead of it.
 */

#ifndef WRITERS
#define WRITERS 2
#endif
#ifndef READERS
#define READERS 2
#endif
#define BUCKETS 3
#define RECORDS 3
#define THREADS 5
#define PER 2 /* records of a bucket */

#ifdef NO_TAG
#define NEXT(w) ((w) & 240)
#else
#define NEXT(w) (((w) & 240) + 16)
#endif
#define bucketOf(w) ((w) & 15)
#define first(h) ((h) & 15)
#define second(h) ((h) >> 4)
#define isThere(h, x) (first(h) == (x) || second(h) == (x))

byte word;                     /* tag << 4 | bucket */
byte held[BUCKETS + 1];        /* of a bucket: two records, 4 bits each */
bool bucketFree[BUCKETS + 1];
byte key[RECORDS + 1];         /* as all see it */
byte late[RECORDS + 1];        /* as its writer stored it; 0 nothing is under way */
bool live[RECORDS + 1];        /* not REMOVED */
bool published[RECORDS + 1];   /* was in a bucket that the word showed */
byte kept;                     /* the record of key 2, which nobody removes */
byte retiredAt[RECORDS + 1];   /* epoch + 1; 0 not in the limbo */
bool recordFree[RECORDS + 1];
byte epoch;
byte busy[THREADS];            /* epoch + 1 in which a verb began; 0 none */

inline begins() { seen = epoch + 1; busy[t] = seen; seen = 0 }

/* A record that nobody can look at any more, from the limbo or new. */
inline takesRecord() {
  d_step {
    i = 0;
    seen = epoch + 1;
    do
    :: i == THREADS -> break
    :: i < THREADS ->
       if
       :: busy[i] != 0 && busy[i] < seen -> seen = busy[i]
       :: else
       fi;
       i++
    od;
    i = 1;
    r = 0;
    do
    :: i > RECORDS -> break
    :: i <= RECORDS ->
       if
       :: retiredAt[i] != 0 && retiredAt[i] < seen -> retiredAt[i] = 0; recordFree[i] = true
       :: else
       fi;
       if
       :: r == 0 && recordFree[i] -> r = i
       :: else
       fi;
       i++
    od;
    recordFree[r] = false;
    published[r] = false;
    i = 0;
    seen = 0
  }
}

inline retires(x) {
  d_step {
    live[x] = false;
    assert(!recordFree[x] && retiredAt[x] == 0);
#ifdef NO_LIMBO
    recordFree[x] = true;
#else
    retiredAt[x] = epoch + 1;
    epoch++;
#endif
  }
}

inline takesBucket() {
  d_step {
    i = 1;
    do
    :: i > BUCKETS -> i = 0; break
    :: i <= BUCKETS && bucketFree[i] -> break
    :: i <= BUCKETS && !bucketFree[i] -> i++
    od;
    made = i;
    bucketFree[made] = false;
    held[made] = 0;
    i = 0
  }
}

inline givesBucket(x) {
  d_step {
    if
    :: x != 0 -> assert(!bucketFree[x]); bucketFree[x] = true
    :: else
    fi
  }
}

inline adds(x) { held[made] = (held[made] << 4) | x }

inline swaps(is) {
  d_step {
    is = (word == w);
    if
    :: is ->
       word = NEXT(w) | made;
       assert(kept == 0 || isThere(held[made], kept))
    :: else
    fi
  }
}

/* Its key and whether it lives in one step: the key is the same as long as somebody may look at it. */
inline looksAt(k) {
  d_step {
    assert(x == 0 || !recordFree[x]);
    if
    :: x != 0 && key[x] == k && live[x] -> there = x
    :: else
    fi;
    x = 0
  }
}

/* What may be another bucket's by now is followed only while the word is the same. */
inline addsLiving() {
  d_step {
    if
    :: x != 0 && word == w && live[x] -> adds(x)
    :: else
    fi;
    x = 0
  }
}

/* Looks for a key: `there` is its record or 0, `w` the word and `b` what its bucket held. */
inline finds(k) {
  do
  :: true ->
     there = 0;
     w = word;
     b = held[bucketOf(w)];
#ifndef NO_LOOK
     if
     :: word != w -> goto again
     :: word == w -> skip
     fi;
#endif
     x = first(b);
     looksAt(k);
     if
     :: there == 0 && second(b) != 0 -> x = second(b); looksAt(k)
     :: else
     fi;
     if
     :: word == w -> break
#ifdef NO_LOOK
     :: there != 0 -> break
#endif
     :: else
     fi;
again:
     skip
  od
}


proctype writer(byte t; byte k; bool removes) {
  byte w, b, x, there, r, made, i, seen;
  bool is;
  begins();
  takesRecord();
  if
  :: r == 0 -> goto ended
  :: else
  fi;
  late[r] = k;
#ifndef PLAIN_SWAP
  d_step { key[r] = late[r]; live[r] = true };
#else
  live[r] = true;
#endif
insert:
  finds(k);
  if
  :: there != 0 -> retires(r); goto ended
  :: else
  fi;
  takesBucket();
  if
  :: made == 0 -> retires(r); goto ended
  :: else
  fi;
  x = first(b);
  addsLiving();
  x = second(b);
  addsLiving();
  if
  :: second(held[made]) != 0 -> givesBucket(made); made = 0; retires(r); goto ended /* full */
  :: else
  fi;
  adds(r);
  d_step {
    x = second(held[made]);
    is = (word == w);
    if
    :: is ->
       word = NEXT(w) | made;
       published[r] = true;
       assert(kept == 0 || isThere(held[made], kept));
       kept = (k == 2 -> r : kept);
       assert(x == 0 || !live[x] || late[x] != k)
    :: else
    fi;
    x = 0
  };
  if
  :: !is -> givesBucket(made); made = 0; goto insert
  :: else -> made = 0; givesBucket(bucketOf(w))
  fi;
#ifdef PLAIN_SWAP
  key[r] = late[r];
#endif
  busy[t] = 0;
  if
  :: !removes -> goto ended
  :: removes -> skip
  fi;
  begins();
  live[r] = false;
remove:
  w = word;
  b = held[bucketOf(w)];
  if
  :: word != w -> goto remove
  :: word == w && !isThere(b, r) -> goto out
  :: else
  fi;
  if
  :: second(b) == 0 -> made = 0
  :: else ->
     takesBucket();
     if
     :: made == 0 -> goto ended /* it stays where it is, and is never used again */
     :: else
     fi;
     x = (first(b) == r -> second(b) : first(b));
     addsLiving()
  fi;
  swaps(is);
  if
  :: !is -> givesBucket(made); made = 0; goto remove
  :: else -> made = 0; givesBucket(bucketOf(w))
  fi;
out:
  retires(r);
ended:
  busy[t] = 0
}

proctype reader(byte t; byte k) {
  byte w, b, x, there, seen;
  bool must;
  begins();
  must = (kept != 0 && k == 2);
  finds(k);
  /* The finder goes on with what it found. */
  assert(there != 0 || !must);
  assert(there == 0 || (published[there] && key[there] == k && !recordFree[there]));
  busy[t] = 0
}

init {
  byte i;
  atomic {
    i = 1;
    do
    :: i > BUCKETS -> break
    :: i <= BUCKETS -> bucketFree[i] = true; i++
    od;
    i = 1;
    do
    :: i > RECORDS -> break
    :: i <= RECORDS -> recordFree[i] = true; i++
    od;
    i = 0;
    run writer(0, 1, true);
    run writer(1, 1, false);
    if
    :: WRITERS > 2 -> run writer(2, 2, false)
    :: else
    fi;
    if
    :: READERS > 0 -> run reader(3, 1)
    :: else
    fi;
    if
    :: READERS > 1 -> run reader(4, 1)
    :: else
    fi
  }
}
