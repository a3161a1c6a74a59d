"""Python's client as a rival: for each line of input one page of a directory, and its seconds, bytes and samples as JSON."""
import json
import sys
import time
import warnings

warnings.simplefilter("ignore")

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

print(json.dumps({"mostrecent": "mostrecent" in Gauge._MULTIPROC_MODES}), flush=True)
for line in sys.stdin:
    began = time.perf_counter()
    registry = CollectorRegistry()
    MultiProcessCollector(registry, json.loads(line))
    page = generate_latest(registry)
    seconds = time.perf_counter() - began
    lines = [each for each in page.split(b"\n") if each and not each.startswith(b"#")]
    total = sum(float(each[each.rindex(b" "):]) for each in lines)
    print(json.dumps({"seconds": seconds, "bytes": len(page), "samples": len(lines), "total": total}), flush=True)
