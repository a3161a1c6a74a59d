/*
 * The self-validating record: histogram.ts. Of a writer's four plain stores, and of a reader that copies them one after
 * another, weighs the copy, and copies again where it was torn. Weights and K1 are taken as free: a check that fits is no
 * accident. What may be one is in here: rounding, where one value is so large that another vanishes in the sum.
 *
 * A store is seen as late as it likes. As processors with ordered stores have it (TSO), stores are seen in the order they
 * were made; with WEAK any store may be seen before any other of another word, across observations, and the reader's loads
 * come in any order. A word is seen as it is or as it was, never in halves, and never goes back. At an acknowledgement (a
 * seq-cst atomic of the writer, or its death) all of its stores are seen. A word is given here by the observations whose
 * store to it was seen: what is there follows from them.
 *
 * Promised, of what a reader takes: buckets and sum are those after one and the same number of observations, no fewer than
 * were acknowledged before it began to copy, and no fewer, in any bucket, than it took before.
 *
 * With VECTORS a reader's loads come a vector at a time, pending and sum, then the check and the buckets, each in any order: as a vector may be loaded.
 *
 * With WEAK that holds of copies that are clean or rolled back (NO_COMPLETE), and not of those that are completed.
 *
 * Mutants: NO_CHECK the check is taken as it comes; NO_BEFORE it is not looked at before the copy; CHECK_FIRST the writer
 * stores it first; PENDING_LAST the writer stores the value last; ACCIDENTS a sum that fits is enough, whatever was lost in
 * it; WEAK without NO_COMPLETE.
 */

#ifndef WRITERS
#define WRITERS 1
#endif
#ifndef READERS
#define READERS 1
#endif
#ifndef OBSERVATIONS
#define OBSERVATIONS 3
#endif
#define TAKES 2 /* so often each reader takes each cell */
#define BIG 64

/* Values: 1 and 2 in buckets 0 and 1, -1 in bucket 0, BIG in bucket 1, beside which all others vanish. */
#ifndef VALUES
#define VALUES 4
#endif
#define bucketOf(v) ((v) >= 2)

inline plus(into, before, given) {
  if
  :: (given) == BIG -> into = (((before) + BIG / 2) / BIG) * BIG + BIG
  :: (given) != BIG && (before) >= BIG / 2 -> into = (before)
  :: else -> into = (before) + (given)
  fi
}

inline minus(into, before, given) {
  if
  :: (given) == BIG -> into = (before) - BIG
  :: (given) != BIG && (before) >= BIG / 2 -> into = (before)
  :: else -> into = (before) - (given)
  fi
}

#define EACH (OBSERVATIONS + 1)
short value[WRITERS * EACH]; /* of each observation, from 1 */
short sums[WRITERS * EACH];  /* behind it */
byte made[WRITERS];          /* observations begun */
byte acknowledged[WRITERS];
/* The last observation whose store to this word was seen. */
byte seenPending[WRITERS];
byte seenSum[WRITERS];
byte seenCheck[WRITERS];
byte seenBucket[WRITERS * 2];

#define valueAt(c, i) value[(c) * EACH + (i)]
#define sumAt(c, i) sums[(c) * EACH + (i)]

inline begins(c) {
  d_step {
    i = made[c];
    plus(sum, sumAt(c, i), v);
    valueAt(c, i + 1) = v;
    sumAt(c, i + 1) = sum;
    made[c] = i + 1;
    i = 0; sum = 0
  }
}

inline chooses() {
  if
  :: v = 1
  :: VALUES > 1 -> v = 2
  :: VALUES > 2 -> v = BIG
  :: VALUES > 3 -> v = -1
  fi
}

#ifdef WEAK
/* The next observation of a bucket that was not seen yet; 0 none. */
inline nextOf(c, b) {
  d_step {
    i = seenBucket[(c) * 2 + (b)] + 1;
    do
    :: i <= made[c] && (valueAt(c, i) >= 2) != (b) -> i++
    :: i > made[c] -> i = 0; break
    :: i != 0 && i <= made[c] && (valueAt(c, i) >= 2) == (b) -> break
    od
  }
}

proctype writer(byte c) {
  short v, sum;
  byte i;
end:
  do
  :: atomic { made[c] < OBSERVATIONS -> chooses(); begins(c); v = 0 }
  :: seenPending[c] < made[c] -> seenPending[c]++
  :: seenSum[c] < made[c] -> seenSum[c]++
  :: seenCheck[c] < made[c] -> seenCheck[c]++
  :: atomic { made[c] > 0 -> nextOf(c, 0); if :: i != 0 -> seenBucket[c * 2] = i :: else fi; i = 0 }
  :: atomic { made[c] > 0 -> nextOf(c, 1); if :: i != 0 -> seenBucket[c * 2 + 1] = i :: else fi; i = 0 }
  :: atomic {
       made[c] > acknowledged[c] && seenPending[c] == made[c] && seenSum[c] == made[c] && seenCheck[c] == made[c] ->
         nextOf(c, 0);
         sum = i;
         nextOf(c, 1);
         if
         :: i == 0 && sum == 0 -> acknowledged[c] = made[c]
         :: else
         fi;
         i = 0;
         sum = 0
     }
  od
}
#else
proctype writer(byte c) {
  short v, sum;
  byte i;
  do
  :: made[c] == OBSERVATIONS -> break
  :: made[c] < OBSERVATIONS ->
     atomic { chooses(); begins(c) };
#ifdef CHECK_FIRST
     seenCheck[c] = made[c];
#endif
#ifndef PENDING_LAST
     seenPending[c] = made[c];
#endif
     seenBucket[c * 2 + bucketOf(v)] = made[c];
     seenSum[c] = made[c];
#ifndef CHECK_FIRST
     seenCheck[c] = made[c];
#endif
#ifdef PENDING_LAST
     seenPending[c] = made[c];
#endif
     acknowledged[c] = made[c];
     v = 0
  od
}
#endif

/* How many observations there are in each bucket, of those whose stores to the two were seen so far. */
inline counted(in0, in1, upTo0, upTo1) {
  in0 = 0;
  in1 = 0;
  i = 1;
  do
  :: i > OBSERVATIONS -> break
  :: i <= OBSERVATIONS ->
     if
     :: i <= (upTo0) && valueAt(c, i) != 0 && !bucketOf(valueAt(c, i)) -> in0++
     :: i <= (upTo1) && bucketOf(valueAt(c, i)) -> in1++
     :: else
     fi;
     i++
  od;
  i = 0
}

#define ALL 31
#ifdef WEAK
#define TURN(n) (!(loads & (1 << (n))))
#elif defined(VECTORS)
#define TURN(n) (!(loads & (1 << (n))) && ((n) < 2 || (loads & 3) == 3))
#else
#define TURN(n) (loads == (1 << (n)) - 1)
#endif

/* The words of a cell, in the order in which the record has them; with WEAK in any, with VECTORS in any within one. */
inline copies(word0, word1, word2, word3, word4) {
  loads = 0;
  do
  :: atomic { TURN(0) -> word0 = seenPending[c]; loads = loads | 1 }
  :: atomic { TURN(1) -> word1 = seenSum[c]; loads = loads | 2 }
  :: atomic { TURN(2) -> word2 = seenCheck[c]; loads = loads | 4 }
  :: atomic { TURN(3) -> word3 = seenBucket[c * 2]; loads = loads | 8 }
  :: atomic { TURN(4) -> word4 = seenBucket[c * 2 + 1]; loads = loads | 16 }
  :: loads == ALL -> break
  od;
  loads = 0
}

#ifdef NO_COMPLETE
#define EARLY false
#elif defined(NO_BEFORE)
#define EARLY true
#else
#define EARLY (before == check)
#endif

#define TORN 0
#define TAKEN 1 /* as it was copied */
#define ROLLED 2
#define STANDING 3 /* taken, if the cell still says what was copied */

proctype reader() {
  byte c, takes, least, loads, i;
  byte before;                                      /* the check, before the copy */
  byte pending, sum, check, bucket0, bucket1;       /* as copied */
  byte again, again1, again2, again3, again4;       /* a second copy */
  short n0, n1, c0, c1, v, w, verdict, last[WRITERS];
  do
  :: takes == TAKES * WRITERS -> break
  :: takes < TAKES * WRITERS ->
     least = acknowledged[c];
copy:
     before = seenCheck[c];
     copies(pending, sum, check, bucket0, bucket1);
     d_step {
       counted(n0, n1, bucket0, bucket1);
       counted(c0, c1, check, check);
       v = valueAt(c, pending);
       verdict = TORN;
       if
#ifdef NO_CHECK
       :: true -> verdict = TAKEN
#else
       :: n0 == c0 && n1 == c1 && sumAt(c, sum) == sumAt(c, check) -> verdict = TAKEN
#endif
       :: else ->
          if
          :: n0 - !bucketOf(v) == c0 && n1 - bucketOf(v) == c1 ->
             if
             :: sumAt(c, sum) == sumAt(c, check) -> verdict = ROLLED
             :: sumAt(c, sum) != sumAt(c, check) && !EARLY -> skip
             :: else ->
                plus(w, sumAt(c, check), v);
                if
                :: w == sumAt(c, sum) ->
                   minus(w, sumAt(c, sum), v);
                   if
                   :: w == sumAt(c, check) -> verdict = TAKEN
                   :: else -> verdict = STANDING
                   fi
                :: else
                fi
             fi
          :: else ->
             /* The old sum is then any number, and one that is small enough vanishes beside the value. */
             if
             :: EARLY && v != 0 && sumAt(c, sum) == v -> verdict = STANDING
             :: else
             fi
          fi
       fi;
#ifdef ACCIDENTS
       if
       :: verdict == STANDING -> verdict = TAKEN
       :: else
       fi;
#endif
       c0 = 0; c1 = 0; v = 0; w = 0; before = 0
     };
     if
     :: verdict == STANDING ->
        copies(again, again1, again2, again3, again4);
        d_step {
          verdict = TAKEN;
          /* Its words, not the observations that they came by. */
          counted(c0, c1, again3, again4);
          if
          :: valueAt(c, again) != valueAt(c, pending) || sumAt(c, again1) != sumAt(c, sum) || again2 != check -> verdict = TORN
          :: c0 != n0 || c1 != n1 -> verdict = TORN
          :: else
          fi;
          c0 = 0; c1 = 0; again = 0; again1 = 0; again2 = 0; again3 = 0; again4 = 0
        }
     :: else
     fi;
     if
     :: verdict == TORN -> goto copy
     :: else
     fi;
     d_step {
       if
       :: verdict == ROLLED ->
          v = valueAt(c, pending);
          n0 = n0 - !bucketOf(v);
          n1 = n1 - bucketOf(v)
       :: else
       fi;
       v = n0 + n1;
       counted(c0, c1, v, v);
       assert(n0 == c0 && n1 == c1);
       assert(sumAt(c, sum) == sumAt(c, v));
       assert(v >= least);
       assert(v >= last[c]);
       last[c] = v;
       c0 = 0; c1 = 0; n0 = 0; n1 = 0; v = 0; w = 0; verdict = 0; least = 0;
       pending = 0; sum = 0; check = 0; bucket0 = 0; bucket1 = 0;
       takes++;
       c = (c + 1) % WRITERS
     }
  od
}

init {
  byte i;
  atomic {
    do
    :: i == WRITERS -> break
    :: i < WRITERS -> run writer(i); i++
    od;
    i = 0;
    do
    :: i == READERS -> break
    :: i < READERS -> run reader(); i++
    od
  }
}
