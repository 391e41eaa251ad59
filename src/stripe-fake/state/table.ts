interface Row {
  id: string;
}

const customerOf = (row: Row & { customer?: unknown; fake?: unknown }): string | undefined => {
  if (typeof row.customer === 'string') return row.customer;
  const hidden = row.fake as { customer?: string } | undefined;
  return hidden?.customer;
};

/** Objects of one noun in the order of their creation, found by id or by customer. */
export class Table<T extends Row> {
  private readonly byId = new Map<string, T>();
  private readonly byCustomer = new Map<string, T[]>();
  private order: T[] = [];

  constructor(rows: readonly T[] = []) {
    for (const row of rows) this.add(row);
  }

  add(row: T): T {
    this.byId.set(row.id, row);
    this.order.push(row);
    const customer = customerOf(row);
    if (customer !== undefined) {
      const rows = this.byCustomer.get(customer);
      if (rows) rows.push(row);
      else this.byCustomer.set(customer, [row]);
    }
    return row;
  }

  get(id: string): T | undefined {
    return this.byId.get(id);
  }

  /** Oldest first; with a customer, only what belongs to it. */
  all(customer?: string): readonly T[] {
    return customer === undefined ? this.order : (this.byCustomer.get(customer) ?? []);
  }

  remove(id: string): void {
    this.byId.delete(id);
    this.order = this.order.filter((row) => row.id !== id);
    for (const [customer, rows] of this.byCustomer) {
      if (rows.some((row) => row.id === id)) {
        this.byCustomer.set(
          customer,
          rows.filter((row) => row.id !== id),
        );
      }
    }
  }

  /** Forgets from the oldest on, up to the first that is still wanted. */
  dropOldestWhile(unwanted: (row: T) => boolean): void {
    let count = 0;
    for (const row of this.order) {
      if (!unwanted(row)) break;
      this.byId.delete(row.id);
      count += 1;
    }
    if (count > 0) this.order.splice(0, count);
  }

  get size(): number {
    return this.order.length;
  }
}
