// `tallystick/testing`: what tests of an application's metrics ask. It stands on the public API, and on no test runner.

export { type ClockTicket, fakeClock, type FakeClock, type FakeClockOptions, joinClock, type JoinedClock } from "./clock.ts";
export { collectAndCompare, type CompareOptions, type Exposed, ExpositionError } from "./compare.ts";
export { type Cleanup, freshRegistry, registryPerTest, type TestEnd, type TestHooks, withRegistry } from "./fresh.ts";
export { lint, type RegistryFinding, type RegistryLintOptions } from "./linted.ts";
export { type AnyMetric, countOf, type DescribedRegistry, type MetricValue, type SeriesLabels, type Valued, valueOf } from "./value.ts";
