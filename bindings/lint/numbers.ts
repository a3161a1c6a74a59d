// Numbers of an exposition: what is one, and how bounds of buckets and quantiles are written.

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const INFINITE = /^[+-]?inf(?:inity)?$/i;
const MILLISECONDS = /^[+-]?\d{1,19}$/;
const INT64_MOST = 2n ** 63n - 1n;

/** The number that a text means: undefined where it means none, or one beyond a double, which Go refuses. */
export function numberOf(text: string): number | undefined {
  if (DECIMAL.test(text)) {
    const number = Number(text);
    return Number.isFinite(number) ? number : undefined;
  }
  if (INFINITE.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return /^nan$/i.test(text) ? NaN : undefined;
}

/** Whole milliseconds of 64 bits. */
export function millisecondsOf(text: string): number | undefined {
  if (!MILLISECONDS.test(text)) return undefined;
  const whole = BigInt(text.replace(/^\+/, ""));
  return whole > INT64_MOST || whole < -INT64_MOST - 1n ? undefined : Number(whole);
}

/** Seconds: a number that is neither NaN nor infinite. */
export function secondsOf(text: string): number | undefined {
  const number = numberOf(text);
  return number !== undefined && Number.isFinite(number) ? number : undefined;
}

/** Below and from these powers of ten Go's shortest %g has an exponent. */
const EXPONENT_LEAST = -4;
const EXPONENT_MOST = 6;

/** A bound as OpenMetrics writes it: Go's shortest %g, with `.0` where neither a dot nor an exponent tells that it is a float. */
export function boundText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0.0";
  const [digits, power] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent < EXPONENT_LEAST || exponent >= EXPONENT_MOST) {
    return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const plain = String(value);
  return plain.includes(".") ? plain : `${plain}.0`;
}
