// A process that counts and pushes: told by its arguments where to, under which name, and how long. It says how much it
// counted when the collector has it.

import { registry } from "tallystick";
import { pusher } from "tallystick/push";

const [, , url, token, worker, rounds] = process.argv;
const orders = registry.counter({ name: "shop_orders", help: "Orders.", labelNames: ["worker", "country"] });
const seconds = registry.histogram({ name: "shop_order_seconds", help: "How long orders took.", buckets: [0.1, 1, 10] });
const own = pusher({ url, token });
let counted = 0;
for (let round = 0; round < Number(rounds); round++) {
  for (let i = 0; i < 100; i++) {
    orders.labels(worker, ["de", "at", "ch"][i % 3]).inc();
    seconds.observe((i % 4) * 3);
    counted++;
  }
  const { outcome } = await own.push();
  if (outcome !== "sent") throw new Error(outcome);
  console.log(counted);
  await new Promise((resolve) => setTimeout(resolve, 100));
}
if (worker.startsWith("leaving")) await own.push({ ended: true });
// Others stay until they are killed.
else setInterval(() => {}, 1000);
