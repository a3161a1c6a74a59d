# Three workers that count, and the Durable Object that they push to; and a third way to be pushed to, over HTTP. Each
# worker is an isolate of its own. Addresses are for the command line:
#
#   TALLYSTICK_TOKEN=... workerd serve config.capnp --socket-addr shop=127.0.0.1:8081 ...

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "collector", worker = .collector),
    (name = "shop", worker = .shop),
    (name = "blog", worker = .blog),
    (name = "far", worker = .far),
    (name = "storage", disk = (path = "storage", writable = true)),
    # Collectors at home have private addresses.
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [
    (name = "collector", address = "127.0.0.1:0", http = (), service = "collector"),
    (name = "shop", address = "127.0.0.1:0", http = (), service = "shop"),
    (name = "blog", address = "127.0.0.1:0", http = (), service = "blog"),
    (name = "far", address = "127.0.0.1:0", http = (), service = "far"),
  ],
);

const date :Text = "2026-11-01";

const collector :Workerd.Worker = (
  modules = [
    (name = "collector.js", esModule = embed "bundled/collector.js"),
    (name = "core.edge.wasm", wasm = embed "bundled/core.edge.wasm"),
  ],
  compatibilityDate = .date,
  durableObjectNamespaces = [(className = "Collector", uniqueKey = "tallystick-collector", enableSql = true)],
  durableObjectStorage = (localDisk = "storage"),
  bindings = [
    (name = "COLLECTOR", durableObjectNamespace = "Collector"),
    (name = "TOKEN", fromEnvironment = "TALLYSTICK_TOKEN"),
    (name = "RESETTABLE", fromEnvironment = "TALLYSTICK_RESETTABLE"),
    (name = "DEAD_AFTER_SECONDS", text = "300"),
    (name = "FOLD_AFTER_SECONDS", text = "3600"),
  ],
);

const counting :List(Workerd.Worker.Module) = [
  (name = "counting.js", esModule = embed "bundled/counting.js"),
  (name = "core.edge.wasm", wasm = embed "bundled/core.edge.wasm"),
];

const object :Workerd.Worker.Binding = (
  name = "COLLECTOR", durableObjectNamespace = (className = "Collector", serviceName = "collector"));
# The object is reached by its binding, and looks at the path alone.
const inside :Workerd.Worker.Binding = (name = "COLLECTOR_URL", text = "https://collector/push");
const token :Workerd.Worker.Binding = (name = "TOKEN", fromEnvironment = "TALLYSTICK_TOKEN");

const shop :Workerd.Worker = (
  modules = .counting, compatibilityDate = .date,
  bindings = [.object, .inside, .token, (name = "SERVICE", text = "shop")],
);
const blog :Workerd.Worker = (
  modules = .counting, compatibilityDate = .date,
  bindings = [.object, .inside, .token, (name = "SERVICE", text = "blog")],
);
# This one knows a URL alone, be it of such an object in another place or of collector-node.mjs.
const far :Workerd.Worker = (
  modules = .counting, compatibilityDate = .date,
  bindings = [(name = "COLLECTOR_URL", fromEnvironment = "COLLECTOR_URL"), .token, (name = "SERVICE", text = "far")],
);
