// The draft of a basin, a mix of lots, begun or filled up; and what the outbox has moved of lots.

import { microOf, textOf, timeOf, uuid } from "./slip.js";
import { bizSteps, eventOf } from "../vocabulary.js";

const [OUT, IN] = [bizSteps("sells", "sends"), bizSteps("receives")];

// The draft of a mix. `parts` are {item, uom, value}, all of one unit; `basin` is
// {item, uom, transformation, name?}: its name is recorded when it is begun.
export function mixed(parts, basin, at) {
  const event = {
    type: "TransformationEvent",
    eventID: `urn:uuid:${uuid()}`,
    ...timeOf(at),
    ...eventOf("fills"),
    transformationID: basin.transformation,
    inputQuantityList: parts.map(element),
    outputQuantityList: [element({ item: basin.item, uom: basin.uom, value: sumOf(parts) })],
    ...(basin.name ? { ilmd: { "suyuan:product": basin.name } } : {}),
  };
  return { subjects: [...parts.map((part) => part.item), basin.item].sort(), after: [], event };
}

// The sum of amounts as a decimal string.
export function sumOf(parts) {
  return textOf(parts.reduce((sum, part) => sum + microOf(part.value), 0));
}

// A new name for what a basin's mixes have in common.
export function newTransformation() {
  return `urn:uuid:${uuid()}`;
}

// How much records of the outbox have moved beyond what `size` links say: millionths of the base
// unit by item. Only amounts in an item's own unit, which `units` has by item, are known.
export function moved(records, size, units) {
  const sums = new Map();
  const add = (list, sign) => {
    for (const { epcClass, quantity, uom } of list || []) {
      const micro = quantity === undefined ? null : microOf(String(quantity));
      if (micro === null || !units.has(epcClass) || units.get(epcClass) !== (uom || null)) continue;
      sums.set(epcClass, (sums.get(epcClass) || 0) + sign * micro);
    }
  };
  for (const record of records) {
    if (!isNewer(record, size)) continue;
    for (const { event } of record.set.drafts) {
      const sign = event.errorDeclaration ? -1 : 1;
      add(event.inputQuantityList, -sign);
      add(event.outputQuantityList, sign);
      if (IN.includes(event.bizStep)) add(event.quantityList, sign);
      else if (event.action === "DELETE" || OUT.includes(event.bizStep)) add(event.quantityList, -sign);
    }
  }
  return sums;
}

// Whether a record says something that is not among the first `size` links.
export function isNewer(record, size) {
  if (record.state === "sent") return record.indexes.some((index) => index >= size);
  return record.state === "held";
}

function element({ item, value, uom }) {
  return { epcClass: item, quantity: Number(value), ...(uom ? { uom } : {}) };
}
