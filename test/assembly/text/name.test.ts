// Names in every escaping scheme, and label blocks. The rows of the first table are those of
// test/exposition/vectors/escape_names.tsv: what Go's EscapeName writes.

import { random64, randomBelow, randomFrom, textAt } from "../formatted";
import {
  ALLOW_UTF8,
  blockPut,
  blockPutBytesMax,
  DOTS,
  labelFirst,
  labelName,
  labelNameLength,
  labelNext,
  labelValue,
  labelValueLength,
  nameIsLegal,
  namePut,
  namePutBytesMax,
  quotedPut,
  rawBytes,
  rawPut,
  UNDERSCORES,
  VALUES,
} from "../../../assembly/text/name";

const from: usize = heap.alloc(4096);
const at: usize = heap.alloc(32768);
const other: usize = heap.alloc(8192);

function put(text: string): u32 {
  return <u32>String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, from);
}

function legal(name: string, colons: bool): bool {
  return nameIsLegal(from, put(name), colons);
}

function escaped(name: string, escaping: u32, colons: bool = true): string {
  return textAt(at, namePut(at, from, put(name), escaping, colons) - at);
}

function quoted(name: string): string {
  return textAt(at, quotedPut(at, from, put(name)) - at);
}

function block(text: string, escaping: u32): string {
  return textAt(at, blockPut(at, from, put(text), escaping) - at);
}

function raw(address: usize, length: u32): string {
  const end = rawPut(other, address, length);
  return end - other == rawBytes(address, length) ? textAt(other, end - other) : "(rawBytes is wrong)";
}

/** The labels of a block, each as `name|value` in raw text, joined by a line. */
function labels(text: string): string {
  let all = "";
  for (let more = labelFirst(from, put(text)); more; more = labelNext()) {
    all += raw(labelName(), labelNameLength()) + "|" + raw(labelValue(), labelValueLength()) + "¶";
  }
  return all;
}

function row(name: string, underscores: string, dots: string, values: string): void {
  expect<string>(escaped(name, UNDERSCORES)).toBe(underscores);
  expect<string>(escaped(name, DOTS)).toBe(dots);
  expect<string>(escaped(name, VALUES)).toBe(values);
  expect<string>(escaped(name, ALLOW_UTF8)).toBe(name);
}

/** Characters that a name may make trouble with, some of several bytes; in a block they are written as escapes. */
const PIECES: string[] = ["a", "Z", "_", "7", ":", ".", "-", " ", '"', "\\", "\n", ",", "=", "{", "}", "é", "世", "😀", "n", "\t", "U__"];

function pieces(most: u32): string {
  let text = "";
  for (let left = randomBelow(most + 1); left > 0; left--) text += PIECES[randomBelow(PIECES.length)];
  return text;
}

describe("nameIsLegal", () => {
  it("takes letters, digits behind the first place and underscores, and colons in names of metrics only", () => {
    expect<bool>(legal("a", false)).toBe(true);
    expect<bool>(legal("_", false)).toBe(true);
    expect<bool>(legal("azAZ_09", false)).toBe(true);
    expect<bool>(legal("a:b", true)).toBe(true);
    expect<bool>(legal(":b", true)).toBe(true);
    expect<bool>(legal("a:b", false)).toBe(false);
  });

  it("takes nothing else: no other byte, no leading digit, no empty name", () => {
    expect<bool>(legal("", true)).toBe(false);
    expect<bool>(legal("1a", true)).toBe(false);
    expect<bool>(legal("é", true)).toBe(false);
    let text = "";
    for (let byte: u32 = 1; byte < 128; byte++) if (legal("a" + String.fromCharCode(byte), true)) text += String.fromCharCode(byte);
    expect<string>(text).toBe("0123456789:ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
  });
});

describe("namePut", () => {
  it("writes what Go's EscapeName does", () => {
    row("", "", "", "");
    row("a", "a", "a", "a");
    row("metric_name", "metric_name", "metric__name", "metric_name");
    row("metric.name", "metric_name", "metric_dot_name", "U__metric_2e_name");
    row("my.metric_name", "my_metric_name", "my_dot_metric__name", "U__my_2e_metric__name");
    row("a:b", "a:b", "a:b", "a:b");
    row("1abc", "_abc", "__abc", "U___31_abc");
    row("a-b", "a_b", "a__b", "U__a_2d_b");
    row("a b", "a_b", "a__b", "U__a_20_b");
    row("http.status:sum", "http_status:sum", "http_dot_status:sum", "U__http_2e_status:sum");
    row("é", "_", "__", "U___e9_");
    row("metric/with/slashes", "metric_with_slashes", "metric__with__slashes", "U__metric_2f_with_2f_slashes");
    row("世界", "__", "____", "U___4e16__754c_");
    row("a😀b", "a_b", "a__b", "U__a_1f600_b");
    row("__x", "__x", "____x", "__x");
    row("_", "_", "__", "_");
    row("9", "_", "__", "U___39_");
    row("a\nb", "a_b", "a__b", "U__a_a_b");
    row('a"b', "a_b", "a__b", "U__a_22_b");
    row("a\\b", "a_b", "a__b", "U__a_5c_b");
    row("no:escaping_required", "no:escaping_required", "no:escaping__required", "no:escaping_required");
    row(
      "mysystem.prod.west.cpu.load",
      "mysystem_prod_west_cpu_load",
      "mysystem_dot_prod_dot_west_dot_cpu_dot_load",
      "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load",
    );
    row(
      "mysystem.prod.west.cpu.load_total",
      "mysystem_prod_west_cpu_load_total",
      "mysystem_dot_prod_dot_west_dot_cpu_dot_load__total",
      "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load__total",
    );
    row("http.status:sum_total", "http_status:sum_total", "http_dot_status:sum__total", "U__http_2e_status:sum__total");
    row("label with 😱", "label_with__", "label__with____", "U__label_20_with_20__1f631_");
  });

  it("writes the numbers of runes at the ends of every length", () => {
    expect<string>(escaped("\x01", VALUES)).toBe("U___1_");
    expect<string>(escaped("\x0f\x10", VALUES)).toBe("U___f__10_");
    expect<string>(escaped("\x7f\u0080", VALUES)).toBe("U___7f__80_");
    expect<string>(escaped("\u07ff\u0800", VALUES)).toBe("U___7ff__800_");
    expect<string>(escaped("\uffff\u{10000}", VALUES)).toBe("U___ffff__10000_");
    expect<string>(escaped("\u{10ffff}", VALUES)).toBe("U___10ffff_");
    memory.fill(from, 0, 1);
    expect<string>(textAt(at, namePut(at, from, 1, VALUES) - at)).toBe("U___0_");
  });

  it("makes every name legal, and touches no more than its bound", () => {
    randomFrom(1);
    let wrong = 0;
    for (let i = 0; i < 2000; i++) {
      const length = put(i < 40 ? ".".repeat(i) : i < 80 ? "\t".repeat(i - 40) : pieces(24));
      for (let escaping = UNDERSCORES; escaping <= ALLOW_UTF8; escaping++) {
        const most = namePutBytesMax(length);
        store<u64>(at + most, 0xeeeeeeeeeeeeeeee);
        const end = namePut(at, from, length, escaping);
        wrong += i32(end - at > most || load<u64>(at + most) != 0xeeeeeeeeeeeeeeee);
        if (length != 0 && escaping != ALLOW_UTF8) wrong += i32(!nameIsLegal(at, <u32>(end - at), true));
      }
    }
    expect<i32>(wrong).toBe(0);
  });
});

describe("quotedPut", () => {
  it("escapes backslash, quote and newline, and nothing else", () => {
    expect<string>(quoted("my.metric")).toBe('"my.metric"');
    expect<string>(quoted('a"b\\c\nd')).toBe('"a\\"b\\\\c\\nd"');
    expect<string>(quoted("世界 😀\t{}=,")).toBe('"世界 😀\t{}=,"');
    expect<string>(quoted("")).toBe('""');
  });
});

describe("rawPut", () => {
  it("writes what an escaped text means", () => {
    expect<string>(raw(from, put("plain"))).toBe("plain");
    expect<string>(raw(from, put('a\\"b\\\\c\\nd'))).toBe('a"b\\c\nd');
    expect<string>(raw(from, put("\\\\n"))).toBe("\\n");
    expect<string>(raw(from, put("\\\\\\n"))).toBe("\\\n");
    expect<string>(raw(from, 0)).toBe("");
  });

  it("undoes quotedPut", () => {
    randomFrom(2);
    let different = 0;
    for (let i = 0; i < 2000; i++) {
      const name = pieces(24);
      const length = <u32>(quotedPut(at, from, put(name)) - at);
      different += i32(length > 2 * put(name) + 2 || raw(at + 1, length - 2) != name);
    }
    expect<i32>(different).toBe(0);
  });
});

describe("labelFirst and labelNext", () => {
  it("find names with quotes and without, and values", () => {
    expect<string>(labels("")).toBe("");
    expect<string>(labels('a="1"')).toBe("a|1¶");
    expect<string>(labels('method="GET","my.label"="x",b=""')).toBe("method|GET¶my.label|x¶b|¶");
    expect<string>(labels('""="x"')).toBe("|x¶");
  });

  it("are not led astray by what stands in names and values", () => {
    expect<string>(labels('"a=\\"b\\",c"="x","{}"="y"')).toBe('a="b",c|x¶{}|y¶');
    expect<string>(labels('"\\\\"="\\\\","\\n"="\\n\\""')).toBe('\\|\\¶\n|\n"¶');
    expect<string>(labels('a="b=\\"c\\",\\"d\\"=",e="😀"')).toBe('a|b="c","d"=¶e|😀¶');
  });

  it("say where a name and its value stand in the block", () => {
    const length = put('a="1","b.c"="23"');
    expect<bool>(labelFirst(from, length)).toBe(true);
    expect<usize>(labelName()).toBe(from);
    expect<usize>(labelValue()).toBe(from + 3);
    expect<bool>(labelNext()).toBe(true);
    expect<usize>(labelName()).toBe(from + 7);
    expect<u32>(labelNameLength()).toBe(3);
    expect<usize>(labelValue()).toBe(from + 13);
    expect<u32>(labelValueLength()).toBe(2);
    expect<bool>(labelNext()).toBe(false);
    expect<bool>(labelNext()).toBe(false);
  });
});

describe("blockPut", () => {
  it("writes the names in a scheme and leaves the values", () => {
    const text = 'http_method="GET","my.label"="a.b_c"';
    expect<string>(block(text, UNDERSCORES)).toBe('http_method="GET",my_label="a.b_c"');
    expect<string>(block(text, DOTS)).toBe('http__method="GET",my_dot_label="a.b_c"');
    expect<string>(block(text, VALUES)).toBe('http_method="GET",U__my_2e_label="a.b_c"');
    expect<string>(block(text, ALLOW_UTF8)).toBe(text);
    expect<string>(block("", UNDERSCORES)).toBe("");
    expect<string>(block("", ALLOW_UTF8)).toBe("");
  });

  it("reads the escapes of names and keeps those of values", () => {
    const text = '"a\\"b\\\\\\n"="\\"\\\\\\n",x="1"';
    expect<string>(block(text, UNDERSCORES)).toBe('a_b__="\\"\\\\\\n",x="1"');
    expect<string>(block(text, DOTS)).toBe('a__b____="\\"\\\\\\n",x="1"');
    expect<string>(block(text, VALUES)).toBe('U__a_22_b_5c__a_="\\"\\\\\\n",x="1"');
    expect<string>(block(text, ALLOW_UTF8)).toBe(text);
  });

  it("takes names with commas, equals signs, braces, blanks and emoji", () => {
    const text = '"a,b"="1","c=d"="2","{e}"="3"," "="4","😀"="5"';
    expect<string>(block(text, UNDERSCORES)).toBe('a_b="1",c_d="2",_e_="3",_="4",_="5"');
    expect<string>(block(text, VALUES)).toBe('U__a_2c_b="1",U__c_3d_d="2",U___7b_e_7d_="3",U___20_="4",U___1f600_="5"');
  });

  it("finds a quoted name wherever it begins, and copies blocks without one", () => {
    let wrong = 0;
    for (let i = 0; i < 70; i++) {
      const value = "x".repeat(i);
      const plain = 'a="' + value + ',",b="' + value + '"';
      wrong += i32(block(plain, UNDERSCORES) != plain || block(plain, VALUES) != plain);
      wrong += i32(block('a="' + value + '","b.c"="1"', UNDERSCORES) != 'a="' + value + '",b_c="1"');
      wrong += i32(block('"b.c"="' + value + '"', VALUES) != 'U__b_2e_c="' + value + '"');
    }
    expect<i32>(wrong).toBe(0);
  });

  it("escapes a colon in a label's name, unlike Go: no scraper reads it there", () => {
    expect<string>(block('"a:b"="1"', UNDERSCORES)).toBe('a_b="1"');
    expect<string>(block('"a:b"="1"', DOTS)).toBe('a__b="1"');
    expect<string>(block('"a:b"="1"', VALUES)).toBe('U__a_3a_b="1"');
    expect<string>(block('"a:b"="1"', ALLOW_UTF8)).toBe('"a:b"="1"');
  });

  it("is namePut for each name, whatever stands in the block, and touches no more than its bound", () => {
    randomFrom(3);
    let wrong = 0;
    for (let i = 0; i < 500; i++) {
      let text = "";
      let expected = "";
      const escaping = <u32>(random64() & 3);
      for (let left = randomBelow(5); left > 0; left--) {
        const name = pieces(12);
        const value = quoted(pieces(12));
        const inside = legal(name, false) ? name : quoted(name);
        const comma = text == "" ? "" : ",";
        text += comma + inside + "=" + value;
        expected += comma + (escaping == ALLOW_UTF8 ? inside : escaped(name, escaping, false)) + "=" + value;
      }
      const length = put(text);
      const most = blockPutBytesMax(length);
      store<u64>(at + most, 0xeeeeeeeeeeeeeeee);
      const end = blockPut(at, from, length, escaping);
      wrong += i32(textAt(at, end - at) != expected || end - at > most || load<u64>(at + most) != 0xeeeeeeeeeeeeeeee);
    }
    expect<i32>(wrong).toBe(0);
  });

  it("stays in its bound for what grows most", () => {
    let wrong = 0;
    for (let i = 0; i < 40; i++) {
      const dots = '"' + ".".repeat(i) + '"="1"';
      const tabs = '"' + "\t".repeat(i) + '"=""';
      const length = put(dots + "," + tabs + "," + dots + "," + dots);
      const most = blockPutBytesMax(length);
      for (let escaping = UNDERSCORES; escaping <= ALLOW_UTF8; escaping++) {
        store<u64>(at + most, 0xeeeeeeeeeeeeeeee);
        wrong += i32(blockPut(at, from, length, escaping) > at + most || load<u64>(at + most) != 0xeeeeeeeeeeeeeeee);
      }
    }
    expect<i32>(wrong).toBe(0);
  });
});
