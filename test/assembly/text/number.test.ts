// Digits against those of JavaScript's String(n), which the host lends, and Go's %g, written out.

import { digitsPut } from "../host";
import { random64, randomFrom, textAt } from "../formatted";
import { boundPut, integerPut, isWhole, NUMBER_BYTES, pythonPut, SHORT_BELOW, shortPut, valuePut } from "../../../assembly/text/number";

const at: usize = heap.alloc(128);
const theirs: usize = heap.alloc(128);

function value(number: f64): string {
  return textAt(at, valuePut(at, number) - at);
}

function bound(number: f64, dotted: bool = false): string {
  return textAt(at, boundPut(at, number, dotted) - at);
}

function python(number: f64): string {
  return textAt(at, pythonPut(at, number) - at);
}

function integer(number: u64): string {
  return textAt(at, integerPut(at, number) - at);
}

/** True where a value's text is the text of String(n). */
function same(number: f64): bool {
  const length = <u32>(valuePut(at, number) - at);
  return length == digitsPut(number, theirs) && memory.compare(at, theirs, length) == 0;
}

let failed: f64 = 0;
let failures: u32 = 0;

function check(number: f64): void {
  if (same(number)) return;
  if (failures++ == 0) failed = number;
}

function expectNone(): void {
  const first = failed;
  const count = failures;
  failures = 0;
  failed = 0;
  // The first value that differs, then how many: 0 and 0.
  expect<f64>(first).toBe(0);
  expect<u32>(count).toBe(0);
}

describe("integerPut", () => {
  it("writes every length of digits up to 2^64 - 1", () => {
    expect<string>(integer(0)).toBe("0");
    expect<string>(integer(9)).toBe("9");
    let text = "";
    let number: u64 = 0;
    for (let i: u32 = 1; i <= 19; i++) {
      number = number * 10 + (i % 10);
      text += (i % 10).toString();
      expect<string>(integer(number)).toBe(text);
    }
    expect<string>(integer(u64.MAX_VALUE)).toBe("18446744073709551615");
  });

  it("writes both sides of every power of ten", () => {
    let power: u64 = 1;
    let nines = "";
    let zeros = "";
    for (let i = 0; i < 19; i++) {
      power *= 10;
      nines += "9";
      zeros += "0";
      expect<string>(integer(power - 1)).toBe(nines);
      expect<string>(integer(power)).toBe("1" + zeros);
    }
  });
});

describe("shortPut", () => {
  it("writes every number below SHORT_BELOW as integerPut does", () => {
    let different = 0;
    for (let number: u32 = 0; number < SHORT_BELOW; number++) {
      const length = <u32>(shortPut(at, number) - at);
      different += i32(<u32>(integerPut(theirs, number) - theirs) != length || memory.compare(at, theirs, length) != 0);
    }
    expect<i32>(different).toBe(0);
  });
});

describe("valuePut", () => {
  it("writes integers up to 2^53 and past it as String(n) does", () => {
    for (let i = 0; i < 2000; i++) check(i);
    for (let i = 0; i <= 1023; i++) {
      const power = 2.0 ** i;
      check(power);
      check(-power);
      check(power - 1);
      check(power + 1);
    }
    expectNone();
    expect<string>(value(9007199254740991)).toBe("9007199254740991");
    expect<string>(value(9007199254740992)).toBe("9007199254740992");
    expect<string>(value(9007199254740994)).toBe("9007199254740994");
    expect<string>(value(1.2345678901234568e20)).toBe("123456789012345680000");
  });

  it("changes to exponents where String(n) does: at 1e21 and below 1e-6", () => {
    expect<string>(value(1e20)).toBe("100000000000000000000");
    expect<string>(value(9.999999999999999e20)).toBe("999999999999999900000");
    expect<string>(value(1e21)).toBe("1e+21");
    expect<string>(value(1.5e21)).toBe("1.5e+21");
    expect<string>(value(0.000001)).toBe("0.000001");
    expect<string>(value(0.00000123)).toBe("0.00000123");
    expect<string>(value(9.999999e-7)).toBe("9.999999e-7");
    expect<string>(value(1e-7)).toBe("1e-7");
    expect<string>(value(-1.25e-9)).toBe("-1.25e-9");
  });

  it("writes the hard cases: the ends of the range, halves between doubles, known traps of other algorithms", () => {
    expect<string>(value(5e-324)).toBe("5e-324");
    expect<string>(value(1.7976931348623157e308)).toBe("1.7976931348623157e+308");
    expect<string>(value(2.2250738585072014e-308)).toBe("2.2250738585072014e-308");
    expect<string>(value(2.225073858507201e-308)).toBe("2.225073858507201e-308");
    expect<string>(value(0.1 + 0.2)).toBe("0.30000000000000004");
    expect<string>(value(1e23)).toBe("1e+23");
    expect<string>(value(9e-265)).toBe("9e-265");
    expect<string>(value(5e-7)).toBe("5e-7");
    expect<string>(value(2.0 ** -1074 * 3)).toBe("1.5e-323");
    // Grisu2 writes 17 digits of these.
    expect<string>(value(5.0e-324 * 2)).toBe("1e-323");
    expect<string>(value(4.1878569125e-8)).toBe("4.1878569125e-8");
    expect<string>(value(4.35)).toBe("4.35");
  });

  it("writes NaN, both infinities and the sign of zero as Prometheus reads them", () => {
    expect<string>(value(NaN)).toBe("NaN");
    expect<string>(value(Infinity)).toBe("+Inf");
    expect<string>(value(-Infinity)).toBe("-Inf");
    expect<string>(value(0)).toBe("0");
    expect<string>(value(-0.0)).toBe("-0");
  });

  it("writes every power of two and of ten and both their neighbours", () => {
    for (let exponent: u64 = 0; exponent < 0x7ff; exponent++) {
      const bits = exponent << 52;
      for (let step: i64 = -2; step <= 2; step++) {
        const near = reinterpret<f64>(bits + step);
        if (near > 0 && near < Infinity) check(near);
      }
    }
    let power: f64 = 1;
    for (let i = 0; i < 308; i++) {
      power *= 10;
      const bits = reinterpret<u64>(power);
      check(power);
      check(reinterpret<f64>(bits - 1));
      check(reinterpret<f64>(bits + 1));
      check(1 / power);
    }
    expectNone();
  });

  it("writes random bit patterns, short decimals and quotients with the digits of String(n)", () => {
    randomFrom(1);
    for (let i = 0; i < 50000; i++) {
      const bits = random64();
      const any = reinterpret<f64>(bits);
      if (any - any == 0) check(any);
      check(<f64>(bits >> 40) / 100);
      check(<f64>(bits >> 44) / <f64>((bits & 1023) + 1));
      // Subnormal.
      check(reinterpret<f64>(bits >> 12));
    }
    expectNone();
  });

  it("stays below NUMBER_BYTES, and never touches what is in front of its address", () => {
    const before = at - 8;
    store<u64>(before, 0x1122334455667788);
    randomFrom(2);
    let most: usize = 0;
    for (let i = 0; i < 20000; i++) most = max(most, valuePut(at, reinterpret<f64>(random64())) - at);
    most = max(most, valuePut(at, -2.2250738585072014e-308) - at);
    expect<usize>(most).toBeLessThan(NUMBER_BYTES);
    expect<u64>(load<u64>(before)).toBe(0x1122334455667788);
  });
});

describe("boundPut", () => {
  it("writes what Go's %g does", () => {
    expect<string>(bound(0.005)).toBe("0.005");
    expect<string>(bound(0.25)).toBe("0.25");
    expect<string>(bound(1)).toBe("1");
    expect<string>(bound(2.5)).toBe("2.5");
    expect<string>(bound(10)).toBe("10");
    expect<string>(bound(-7.25)).toBe("-7.25");
    expect<string>(bound(0)).toBe("0");
    expect<string>(bound(-0.0)).toBe("-0");
    expect<string>(bound(Infinity)).toBe("+Inf");
    expect<string>(bound(-Infinity)).toBe("-Inf");
  });

  it("changes to exponents where Go does: at 1e6 and below 1e-4, with two digits at least", () => {
    expect<string>(bound(100000)).toBe("100000");
    expect<string>(bound(999999)).toBe("999999");
    expect<string>(bound(999999.5)).toBe("999999.5");
    expect<string>(bound(1000000)).toBe("1e+06");
    expect<string>(bound(1234567)).toBe("1.234567e+06");
    expect<string>(bound(123456789)).toBe("1.23456789e+08");
    expect<string>(bound(1e21)).toBe("1e+21");
    expect<string>(bound(1e100)).toBe("1e+100");
    expect<string>(bound(0.0001)).toBe("0.0001");
    expect<string>(bound(0.00012)).toBe("0.00012");
    expect<string>(bound(0.00001)).toBe("1e-05");
    expect<string>(bound(0.000012)).toBe("1.2e-05");
    expect<string>(bound(5e-324)).toBe("5e-324");
    expect<string>(bound(1.7976931348623157e308)).toBe("1.7976931348623157e+308");
  });

  it("writes `.0` behind integers for OpenMetrics, and behind nothing else", () => {
    expect<string>(bound(1, true)).toBe("1.0");
    expect<string>(bound(100000, true)).toBe("100000.0");
    expect<string>(bound(-3, true)).toBe("-3.0");
    expect<string>(bound(0, true)).toBe("0.0");
    expect<string>(bound(-0.0, true)).toBe("-0.0");
    expect<string>(bound(0.5, true)).toBe("0.5");
    expect<string>(bound(2.5, true)).toBe("2.5");
    expect<string>(bound(1e6, true)).toBe("1e+06");
    expect<string>(bound(1e-5, true)).toBe("1e-05");
    expect<string>(bound(Infinity, true)).toBe("+Inf");
  });
});

describe("pythonPut", () => {
  it("writes what Python's repr does: a point or an exponent behind every number", () => {
    expect<string>(python(1)).toBe("1.0");
    expect<string>(python(-25)).toBe("-25.0");
    expect<string>(python(0)).toBe("0.0");
    expect<string>(python(-0.0)).toBe("-0.0");
    expect<string>(python(0.1)).toBe("0.1");
    expect<string>(python(0.30000000000000004)).toBe("0.30000000000000004");
    expect<string>(python(0.010190685999987181)).toBe("0.010190685999987181");
    expect<string>(python(123456789.125)).toBe("123456789.125");
  });

  it("changes to exponents where Python does: at 1e16 and below 1e-4, with two digits at least", () => {
    expect<string>(python(0.0001)).toBe("0.0001");
    expect<string>(python(0.00012)).toBe("0.00012");
    expect<string>(python(0.00009999)).toBe("9.999e-05");
    expect<string>(python(1e-5)).toBe("1e-05");
    expect<string>(python(1e-7)).toBe("1e-07");
    expect<string>(python(1.5e-10)).toBe("1.5e-10");
    expect<string>(python(5e-324)).toBe("5e-324");
    expect<string>(python(1e15)).toBe("1000000000000000.0");
    expect<string>(python(9999999999999998)).toBe("9999999999999998.0");
    expect<string>(python(1e16)).toBe("1e+16");
    expect<string>(python(12345678901234568)).toBe("1.2345678901234568e+16");
    expect<string>(python(1e22)).toBe("1e+22");
    expect<string>(python(1.7976931348623157e308)).toBe("1.7976931348623157e+308");
  });

  it("has words for what is no number", () => {
    expect<string>(python(NaN)).toBe("nan");
    expect<string>(python(-NaN)).toBe("nan");
    expect<string>(python(Infinity)).toBe("inf");
    expect<string>(python(-Infinity)).toBe("-inf");
  });
});

describe("isWhole", () => {
  it("is true for what digits alone say exactly", () => {
    expect<bool>(isWhole(0) && isWhole(-0.0) && isWhole(-7) && isWhole(9007199254740991)).toBe(true);
    expect<bool>(isWhole(0.5) || isWhole(9007199254740992) || isWhole(-9007199254740992)).toBe(false);
    expect<bool>(isWhole(NaN) || isWhole(Infinity) || isWhole(-Infinity)).toBe(false);
  });
});
