# Python's server of exporter-load.mjs: a thread or a fork a request, as prometheus_client's own has it. It ends with its input.
import http.server
import os
import socketserver
import sys
import threading

# One line a series, as the others have it.
os.environ["PROMETHEUS_DISABLE_CREATED_SERIES"] = "True"

from prometheus_client import Counter, MetricsHandler

way, series = sys.argv[1], int(sys.argv[2])
counter = Counter("load", "Measured by the benchmark", ["i"])
for i in range(series):
    counter.labels("series number %d" % i).inc()


class Forking(socketserver.ForkingMixIn, http.server.HTTPServer):
    request_queue_size = 4096
    max_children = 80


class Threading(socketserver.ThreadingMixIn, http.server.HTTPServer):
    request_queue_size = 4096
    daemon_threads = True


class Handler(MetricsHandler):
    def log_message(self, *rest):
        pass


def ended():
    sys.stdin.read()
    os._exit(0)


server = (Forking if way == "fork" else Threading)(("127.0.0.1", 0), Handler)
threading.Thread(target=ended, daemon=True).start()
print("http://127.0.0.1:%d/metrics" % server.server_port, flush=True)
server.serve_forever()
