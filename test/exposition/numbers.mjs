// The dialects by name, and how they write numbers.

export const TEXT = "text";
export const OPENMETRICS = "openmetrics";
export const OPENMETRICS2 = "openmetrics2";
export const PROTOBUF = "protobuf";

/**
 * A finite number as `le` and `quantile` are written: Go's shortest %g, which OpenMetrics follows with `.0`
 * where neither a dot nor an exponent would tell that it is a float (rule O16).
 */
export function boundText(value, dialect) {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  if (Object.is(value, -0)) return dialect === OPENMETRICS ? "-0.0" : "-0";
  const [digits, power] = value.toExponential().split("e");
  const exponent = Number(power);
  // A zero has exponent 0.
  if (exponent < -4 || exponent >= 6) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${digits}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  // Between these exponents String(n) never uses an exponent of its own.
  const plain = String(value);
  return dialect === OPENMETRICS && !plain.includes(".") ? `${plain}.0` : plain;
}

/** A sample's value as the library prints it: String(n), but for the names of infinities and minus zero. */
export function valueText(value) {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** The number that an exposition's text means; NaN where it means none. */
export function numberOf(text) {
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}
