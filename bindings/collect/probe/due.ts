// Rows of which something is still to be read: a list that is filled and emptied in each step, and leaves nothing behind.

const ROWS_LEAST = 256;

export class Due {
  rows = new Int32Array(ROWS_LEAST);
  count = 0;

  /** Adds a row; `~row` says something of it that whoever empties the list knows. */
  add(row: number): void {
    if (this.count === this.rows.length) {
      const old = this.rows;
      this.rows = new Int32Array(old.length * 2);
      this.rows.set(old);
    }
    this.rows[this.count++] = row;
  }
}
