// What clients sent, slot by slot, to be compared with the page to the last count.
//
// A slot is a thread or a process that is replaced when it dies; its successor counts into the same series. Of what was sent and
// not acknowledged when it died nobody but the page can tell how much was counted: the first page behind the death says it, within
// what is possible, and is held to that from then on. So at the end nothing is undecided.

export class Ledger {
  #slots = new Map();
  deaths = 0;
  undecided = 0;
  /** What a page said that cannot be. */
  wrong = [];

  /** `figures` are the names of what is counted; `whole`: what is under way at a death counts wholly or not at all. */
  open(slot, figures, { whole = false } = {}) {
    this.#slots.set(slot, { whole, under: new Map(), settled: Object.fromEntries(figures.map((name) => [name, 0])) });
  }

  /** What is on its way to a slot, an amount for each figure. */
  sent(slot, id, amounts) {
    this.#slots.get(slot).under.set(id, amounts);
  }

  acknowledged(slot, id) {
    const { under, settled } = this.#slots.get(slot);
    const amounts = under.get(id);
    if (amounts === undefined) return this.wrong.push(`${slot} acknowledged ${id}, which was not sent, or twice`);
    under.delete(id);
    for (const [name, amount] of Object.entries(amounts)) settled[name] += amount;
  }

  underWay(slot) {
    return this.#slots.get(slot).under.size;
  }

  /** Decides, by the page, what a slot counted of what was under way when it died. */
  died(slot, page) {
    const { whole, under, settled } = this.#slots.get(slot);
    this.deaths++;
    this.undecided += under.size;
    for (const name of Object.keys(settled)) {
      const amounts = [...under.values()].map((each) => each[name] ?? 0);
      const most = amounts.reduce((sum, each) => sum + each, settled[name]);
      const counted = page(name, slot);
      const possible = counted >= settled[name] && counted <= most;
      if (!possible) this.wrong.push(`${slot} died: ${name} is ${counted}, and ${settled[name]} to ${most} were sent`);
      else if (whole && counted !== settled[name] && counted !== most)
        this.wrong.push(`${slot} died: ${name} is ${counted}, a part of what was flushed at once, ${settled[name]} or ${most}`);
      settled[name] = counted;
    }
    under.clear();
  }

  /** A row for each figure of each slot: what was sent and what the page says. */
  rows(page) {
    return [...this.#slots].flatMap(([slot, { under, settled }]) =>
      Object.entries(settled).map(([name, sent]) => {
        const counted = page(name, slot);
        return { slot, name, sent, counted, open: under.size, right: sent === counted && under.size === 0 };
      }),
    );
  }
}
