/*
 * Who may write the cells of a slot: writer.ts, adopt.ts, fold.ts. One slot; two threads that claim it and adopt its cells,
 * two that fold it, one of which also sweeps, and one that hears of deaths. Threads die between any two accesses; whoever
 * has a dead folder's own slot next is another thread under the same index.
 *
 * Promised: one thread at a time is at the cells, and one that was folding is not shut out by another's name.
 * Every access is a seq-cst atomic there, so that interleavings are all there is.
 *
 * Promised, too: whatever dies or sleeps, no slot stays with nobody in it. An owner that leaves may sleep at any access for longer
 * than a quarantine, which ends what is revoked once nobody writes its cells.
 *
 * Not in it: that one who is at the cells sleeps for so long.
 *
 * Mutants: STORED_NAME a folder stores its name before it has the slot; UNLOCKED_SWEEP what a dead folder held is let go
 * without being held; NO_GENERATION a folder's name is its index alone; NO_PROOF a hint retires; STORED_CLAIM a claimer
 * stores the state that it wants; LEAVE_BY_INDEX whoever leaves moves the slot as it finds it; LATE_THREAD a claimer says
 * its number behind its claim.
 */

#define RETIRED 0
#define ACTIVE 1
#define REVOKED 2
#define FOLDING 3
#define what(s) ((s) & 3)
#define gen(s) ((s) >> 2)
#define raised(s, w) (((((s) >> 2) + 1) << 2) | (w))

#ifndef CLAIMS
#define CLAIMS 2
#endif
#ifndef DEATHS
#define DEATHS 2
#endif
#ifndef OTHER
#define OTHER 1 /* verbs of the second folder */
#endif

byte state = 4 | ACTIVE; /* of the slot */
byte folder;             /* generation of the folder's own slot << 2 | its index + 1; 0 nobody */
byte generation[3];      /* of a folder's own slot; its index + 1 here */
bool over[3];            /* a folder's own slot is retired: its death is proven */
bool writing[4];         /* who claimed the slot in this generation may be at its cells */
bool known = true;       /* the number of the owner is in the slot: its burial finds it */
byte atCells = 1;        /* threads that write its cells */
byte claims = 1;
byte deaths;

inline swapped(from, to, is) {
  atomic {
    is = (state == from);
    if
    :: is -> state = to
    :: else
    fi
  }
}

inline enters() { atCells++; assert(atCells == 1) }

/* One that owns the slot: it counts until it leaves, dies, or sees that it was believed dead. */
proctype owner(byte mine) {
  byte seen;
  bool is;
  if
  :: mine != 0 -> goto owning
  :: else
  fi;
end_claim:
  if
  :: atomic { what(state) == RETIRED && claims < CLAIMS -> seen = state }
  :: atomic { claims >= CLAIMS } -> goto gone
  fi;
  atomic {
    if
#ifndef STORED_CLAIM
    :: state != seen -> goto end_claim
    :: state == seen ->
#else
    :: true ->
#endif
       state = raised(seen, ACTIVE);
       mine = state;
       claims++;
#ifdef LATE_THREAD
       known = false;
#endif
       writing[gen(mine)] = true;
       enters()
    fi
  };
owning:
  if
  :: atomic { deaths < DEATHS -> deaths++; atCells--; writing[gen(mine)] = false; mine = 0 } -> goto gone /* the burier hears of it */
#ifdef LATE_THREAD
  :: atomic { !known -> known = true } -> goto owning
#endif
  :: atomic { known -> atCells--; writing[gen(mine)] = false } -> goto leave
  :: atomic { state != mine -> atCells--; writing[gen(mine)] = false; mine = 0 } -> goto gone /* it claims another slot */
  fi;
leave:
#ifdef LEAVE_BY_INDEX
  if
  :: state == mine
  :: state != mine -> goto gone
  fi;
  atomic { seen = state; is = what(seen) == ACTIVE };
  if
  :: is -> swapped(seen, (seen & ~3) | REVOKED, is)
  :: else
  fi;
  atomic { seen = state; is = what(seen) == REVOKED };
  if
  :: is -> swapped(seen, (seen & ~3) | RETIRED, is)
  :: else
  fi;
  goto end_claim;
#else
  if
  :: atomic { state == mine -> state = (mine & ~3) | REVOKED; mine = state }
  :: atomic { state != mine -> mine = 0 } -> goto gone
  fi;
  if
  :: atomic { deaths < DEATHS -> deaths++; mine = 0 } -> goto gone
  :: atomic { state == mine -> state = (mine & ~3) | RETIRED; mine = 0 } -> goto end_claim
  :: atomic { state != mine -> mine = 0 } -> goto end_claim
  fi;
#endif
gone:
  skip
}

/* Hears that an owner is dead, rightly or wrongly; takes the proof. */
proctype burier() {
  byte seen;
  bool is;
end:
  do
  :: atomic { what(state) == ACTIVE && known -> seen = state }; swapped(seen, (seen & ~3) | REVOKED, is)
#ifdef NO_PROOF
  :: atomic { what(state) == REVOKED -> seen = state }
#else
  :: atomic { what(state) == REVOKED && !writing[gen(state)] -> seen = state }
#endif
     ; swapped(seen, (seen & ~3) | RETIRED, is)
  od
}

#ifdef NO_GENERATION
#define nameOf(i) (i)
#define isOver(n) ((n) == 0 || over[(n) & 3])
#else
#define nameOf(i) ((generation[i] << 2) | (i))
#define isOver(n) ((n) == 0 || over[(n) & 3] || generation[(n) & 3] != (n) >> 2)
#endif

/* The folder's name is a lock: taken by one swap from nobody's or a dead one's. */
inline takes(own, there, is) {
  there = folder;
  if
  :: there == own -> is = true
  :: there != own ->
     is = isOver(there);
     if
     :: is -> atomic { is = (folder == there); if :: is -> folder = own :: else fi }
     :: else
     fi
  fi
}

proctype folding(byte index; byte verbs; bool sweeps) {
  byte own, there, seen;
  bool is, mine;
born:
  own = nameOf(index);
  do
  :: verbs == 0 -> break
  :: verbs > 0 ->
     verbs--;
     if
     :: true -> goto fold
     :: sweeps -> goto sweep
     fi;
fold:
     seen = state;
     if
     :: what(seen) != RETIRED && what(seen) != FOLDING -> goto next
     :: else
     fi;
#ifdef STORED_NAME
     if
     :: what(seen) == RETIRED ->
        folder = own;
        swapped(seen, (seen & ~3) | FOLDING, is);
        if
        :: !is -> goto next
        :: else
        fi;
        folder = own;
        goto has
     :: else ->
        there = folder;
        if
        :: there == own -> goto has
        :: there != own && !isOver(there) -> goto next
        :: else
        fi;
        atomic { is = (folder == there); if :: is -> folder = own :: else fi };
        if
        :: is -> goto has
        :: else -> goto next
        fi
     fi;
#else
     takes(own, there, is);
     if
     :: !is -> goto next
     :: else
     fi;
     seen = state;
     if
     :: what(seen) == FOLDING -> goto has
     :: what(seen) == RETIRED ->
        swapped(seen, (seen & ~3) | FOLDING, is);
        if
        :: is -> goto has
        :: else -> goto free
        fi
     :: else -> goto free
     fi;
#endif
has:
     enters();
     mine = true;
     if
     :: atomic { deaths < DEATHS -> deaths++; atCells-- } -> goto dead
     :: atomic { atCells-- } -> goto rest
     :: true
     fi;
     mine = false;
     atCells--;
     seen = state;
     swapped(seen, (seen & ~3) | RETIRED, is);
free:
     if
     :: atomic { deaths < DEATHS -> deaths++ } -> goto dead
     :: true
     fi;
#ifndef STORED_NAME
     atomic { if :: folder == own -> folder = 0 :: else fi };
#endif
     goto next;
let:
     if
     :: atomic { deaths < DEATHS -> deaths++ } -> goto dead
     :: true
     fi;
     atomic { if :: folder == own -> folder = 0 :: else fi };
     goto rest;
sweep:
     seen = state;
     if
     :: what(seen) != FOLDING -> goto rest
     :: else
     fi;
     there = folder;
     if
     :: there == own || !isOver(there) -> goto rest
     :: else
     fi;
#ifdef UNLOCKED_SWEEP
     swapped(seen, (seen & ~3) | RETIRED, is);
#else
     atomic { is = (folder == there); if :: is -> folder = own :: else fi };
     if
     :: !is -> goto rest
     :: else
     fi;
     seen = state;
     if
     :: what(seen) == FOLDING -> swapped(seen, (seen & ~3) | RETIRED, is)
     :: else
     fi;
     goto let;
#endif
next:
     assert(!mine); /* what it has begun it goes on with */
rest:
     atomic { seen = 0; there = 0; is = false }
  od;
  goto ended;
dead:
  /* Proven, and then its slot has another owner, or it has none. */
  atomic { mine = false; seen = 0; there = 0; is = false; over[index] = true };
  if
  :: generation[index] < 1 -> atomic { generation[index]++; over[index] = false }; goto born
  :: true
  fi;
ended:
  skip
}

proctype judge() {
  timeout -> assert(what(state) != ACTIVE && what(state) != REVOKED)
}

init {
  atomic {
    writing[1] = true;
    run judge();
    run owner(4 | ACTIVE);
    run owner(0);
    run burier();
    run folding(1, 2, true);
    run folding(2, OTHER, OTHER > 1)
  }
}
