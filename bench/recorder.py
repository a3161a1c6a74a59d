# The way of the telemetry module that the recorder is like (orchestracities/ngsi-timeseries-api, PR 411): a timer by a random id, a
# sample as a tuple in a list by its label, under a lock. Prints nanoseconds of a start and a stop, a line a block of 1,000.
import sys
import time
import uuid
from threading import Lock

lock = Lock()
store = {}
timers = {}


def start(label):
    sample_id = uuid.uuid4().hex
    timers[sample_id] = (label, time.perf_counter())
    return sample_id


def stop(sample_id):
    label, started = timers.pop(sample_id)
    sample = (time.time_ns(), time.perf_counter() - started)
    with lock:
        store.setdefault(label, []).append(sample)


for _ in range(int(sys.argv[1])):
    begin = time.perf_counter_ns()
    for _ in range(1000):
        stop(start("a label of 17 cha"))
    print((time.perf_counter_ns() - begin) / 1000)
