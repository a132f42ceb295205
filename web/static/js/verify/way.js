// The way of an item to its holder, and how its chains begin (docs/format.md section 10).

import { canonical, itemsIn } from "./items.js";
import { pair } from "./ledger.js";
import { bare, bizSteps } from "../vocabulary.js";

const [SENDING, REFUSING, RECEIVING, UNSENDING] = ["sends", "refuses", "receives", "unsends"].map((trait) => bizSteps(trait));
const WITHOUT_GOODS = bizSteps("samples", "tests");
const CHILDREN = ["childEPCs", "childQuantityList"];
const INPUTS = ["inputEPCList", "inputQuantityList"];
export const OUTPUTS = ["outputEPCList", "outputQuantityList"];
export const OBJECTS = ["epcList", "quantityList"];
const MOST_READ = 20000;
const MOST_STEPS = 1000000;

export const stepOf = (link) => bare(link.event && link.event.bizStep);

const isError = (link) => Object.hasOwn(link.event || {}, "errorDeclaration");
export const isReceived = (link) => Boolean(link.document && link.document.as === "received");
export const isDispatch = (link) => SENDING.includes(stepOf(link)) && !isError(link);
const isRefusal = (link) => Boolean(link.event) && REFUSING.includes(link.event.bizStep);
const isUnpacking = (link) => Boolean(link.event) && link.event.action === "DELETE";
const isWithoutGoods = (link) => WITHOUT_GOODS.includes(stepOf(link));
const saysGoods = (link) => Boolean(link.event_ref)
  || (Boolean(link.event) && !isError(link) && !isWithoutGoods(link) && !isRefusal(link));

// One spelling of a party's URI.
export function alike(uri) {
  const urn = /^urn:epc:id:pgln:([0-9]{6,12})\.([0-9]*)$/.exec(uri);
  if (urn && (urn[1] + urn[2]).length === 12) {
    const digits = urn[1] + urn[2];
    const sum = [...digits].reverse().reduce((all, digit, at) => all + Number(digit) * (at % 2 ? 1 : 3), 0);
    return `https://id.gs1.org/417/${digits}${(10 - (sum % 10)) % 10}`;
  }
  const link = /^https?:\/\/[^/?#]+(?:\/[^?#]*)?\/417\/([0-9]{13})$/i.exec(uri);
  return link ? `https://id.gs1.org/417/${link[1]}` : uri;
}

export function destinations(link) {
  const list = link.event && link.event.destinationList;
  return (Array.isArray(list) ? list : []).filter((part) => part && typeof part === "object"
    && typeof part.destination === "string" && typeof part.type === "string"
    && (part.type.endsWith("owning_party") || part.type.endsWith("possessing_party")))
    .map((part) => alike(part.destination));
}

// The items that a link says to bring into being.
export function codedBy(link) {
  const { event } = link;
  if (!event || isReceived(link)) return new Set();
  if (event.type === "ObjectEvent" && event.action === "ADD") return itemsIn(event, OBJECTS);
  return event.type === "TransformationEvent" ? itemsIn(event, OUTPUTS) : new Set();
}

// Whose goods: the links by index with their hashes, what is known of parties, and of prefixes.
export class Way {
  constructor(links, hashes, item, holder, { partOf, isForeign }) {
    Object.assign(this, { links, hashes, item, partOf, isForeign });
    this.chains = new Map(); // item and actor: index by number, in order
    for (const [index, link] of links) {
      for (const part of link.items) {
        const key = pair(part.item, link.actor);
        if (!this.chains.has(key)) this.chains.set(key, new Map());
        if (!this.chains.get(key).has(part.seq)) this.chains.get(key).set(part.seq, index);
      }
    }
    this.contents = new Map(); // item and actor: up to which number, and where it leads
    this.without = new Map(); // what was looked for: of item and actor, up to which number not there
    [this.room, this.steps] = [MOST_READ, MOST_STEPS];
    this.reached = new Map(); // item and actor: up to which number
    this.there = new Map(); // the links on the way, by index
    this.ends = this.findEnds(holder);
    this.walk();
  }

  get items() {
    return new Set([this.item, ...[...this.reached.keys()].map((key) => key.split("\0")[0])]);
  }

  get actors() {
    return new Set([...this.reached.keys()].map((key) => key.split("\0")[1]));
  }

  isSentTo(sent, actor) {
    const named = destinations(sent);
    if (named.includes(alike(actor))) return true;
    const firm = this.partOf(actor);
    return Boolean(firm) && named.includes(alike(firm));
  }

  named(link) {
    return link.after.filter((ref) => ref.ledger === undefined && this.hashes.get(ref.index) === ref.hash
      && this.links.has(ref.index)).map((ref) => this.links.get(ref.index));
  }

  answered(link) {
    if (!link.event || isReceived(link) || isError(link) || isWithoutGoods(link)) return [];
    return this.named(link).filter((other) => !isReceived(other)
      && ((isDispatch(other) && this.isSentTo(other, link.actor)) || (isRefusal(other) && this.sendsBack(other, link.actor))));
  }

  sendsBack(refusal, actor) {
    return this.answered(refusal).some((sent) => sent.actor === actor && isDispatch(sent));
  }

  // Where an item came to a link from: [item, actor, number] of others' chains.
  sources(link, item) {
    return this.answered(link).flatMap((sent) => {
      const same = sent.items.find((part) => part.item === item);
      if (same) return [[item, sent.actor, same.seq]];
      return sent.items.map((part) => [part.item, sent.actor, part.seq])
        .filter((place) => this.hasInside(place, item));
    });
  }

  // Each link is read once, and what was found not to lead to an item is not gone through again.
  hasInside(start, item) {
    if (!this.without.has(item)) this.without.set(item, new Map());
    const [known, seen, todo] = [this.without.get(item), new Map(), [start]];
    const lastOf = (map, key) => (map.has(key) ? map.get(key) : -1);
    while (todo.length) {
      const [container, actor, last] = todo.pop();
      const key = pair(container, actor);
      const since = Math.max(lastOf(seen, key), lastOf(known, key));
      this.steps -= 1;
      if (last <= since) continue;
      seen.set(key, last);
      for (const [seq, inner] of this.content(key, container, last)) {
        this.steps -= 1;
        if (this.steps < 0) return false;
        if (seq <= since || seq > last) continue;
        if (inner[0] === item) return true;
        todo.push(inner);
      }
    }
    for (const [key, last] of seen) known.set(key, Math.max(last, lastOf(known, key)));
    return false;
  }

  // Where the chain of a container leads, up to a number at least: [number, [item, actor, number]].
  content(key, container, last) {
    const [read, held] = this.contents.get(key) || [-1, []];
    if (read >= last || this.room <= 0) return held;
    for (const [seq, index] of this.inOrder(key)) {
      if (seq <= read || seq > last) continue;
      this.room -= 1;
      const link = this.links.get(index);
      const places = [...this.packed(link, container), ...this.unpacked(link, container)];
      for (const sent of this.answered(link)) {
        const same = sent.items.filter((part) => part.item === container);
        places.push(...(same.length ? same : sent.items).map((part) => [part.item, sent.actor, part.seq]));
      }
      for (const place of places) held.push([seq, place]);
    }
    this.contents.set(key, [last, held]);
    return held;
  }

  inOrder(key) {
    return [...(this.chains.get(key) || [])].sort((left, right) => left[0] - right[0]);
  }

  // The actor's own chains of those of a link's items that are in these lists of its event.
  own(link, lists) {
    const names = link.event ? itemsIn(link.event, lists) : new Set();
    return link.items.filter((part) => names.has(part.item)).map((part) => [part.item, link.actor, part.seq]);
  }

  packed(link, container) {
    const isParent = link.event && itemsIn(link.event, ["parentID"]).has(container);
    return isParent && !isUnpacking(link) ? this.own(link, CHILDREN) : [];
  }

  inputs(link, item) {
    return link.event && itemsIn(link.event, OUTPUTS).has(item) ? this.own(link, INPUTS) : [];
  }

  unpacked(link, item) {
    const isChild = isUnpacking(link) && itemsIn(link.event, CHILDREN).has(item);
    return isChild ? this.own(link, ["parentID"]) : [];
  }

  findEnds(holder) {
    if (holder) return this.chains.has(pair(this.item, holder)) ? [pair(this.item, holder)] : [];
    const held = [...this.chains.keys()].filter((key) => key.startsWith(`${this.item}\0`)
      && [...this.chains.get(key).values()].some((index) => saysGoods(this.links.get(index))));
    const before = new Set(held.flatMap((key) => [...this.chains.get(key).values()].flatMap(
      (index) => this.sources(this.links.get(index), this.item).filter(([name]) => name === this.item)
        .map(([name, actor]) => pair(name, actor)),
    )));
    const last = held.filter((key) => !before.has(key));
    return last.length ? last : held;
  }

  walk() {
    const done = new Map();
    const todo = [];
    const push = (place, wanted) => todo.push([...place, wanted]);
    for (const key of this.ends) push([...key.split("\0"), Math.max(...this.chains.get(key).keys())], null);
    while (todo.length) {
      const [item, actor, last, wanted] = todo.pop();
      const key = pair(item, actor);
      const mark = `${key}\0${wanted === null ? "" : wanted}`;
      const start = done.has(mark) ? done.get(mark) + 1 : 0;
      if (start > last) continue;
      done.set(mark, last);
      this.reached.set(key, Math.max(last, this.reached.has(key) ? this.reached.get(key) : -1));
      for (const [seq, index] of this.inOrder(key)) {
        if (seq < start || seq > last) continue;
        const link = this.links.get(index);
        this.there.set(index, link);
        for (const place of this.inputs(link, item)) push(place, null);
        for (const place of this.unpacked(link, item)) push(place, wanted || item);
        for (const place of this.packed(link, item)) {
          if (wanted === null || place[0] === wanted) push(place, null);
          else if (this.hasInside(place, wanted)) push(place, wanted);
        }
        for (const place of this.sources(link, item)) push(place, place[0] === item ? wanted : wanted || item);
      }
    }
  }

  // The links of a chain on the way, by index, in order.
  chain(key) {
    return this.inOrder(key).filter(([seq]) => seq <= this.reached.get(key))
      .map(([, index]) => [index, this.links.get(index)]);
  }

  // How a chain on the way begins: [how, index]; null for another than the holder's that says nothing
  // of goods.
  begun(key) {
    const item = key.split("\0")[0];
    const first = this.chain(key).find(([, link]) => saysGoods(link));
    if (!first) return this.ends.includes(key) ? ["unsent", null] : [null, null];
    return [this.start(first[1], item), first[0]];
  }

  start(link, item) {
    const { event } = link;
    if (!event) return "unsent";
    if (isReceived(link)) return "reported";
    const isAggregation = event.type === "AggregationEvent";
    const isParent = isAggregation && event.action === "ADD" && itemsIn(event, ["parentID"]).has(item);
    if (isParent || codedBy(link).has(item)) return this.isForeign(item, link.actor) ? "unsent" : "well";
    if (isAggregation && this.unpacked(link, item).some((place) => this.hasInside(place, item))) return "well";
    if (this.sources(link, item).length) return "well";
    const supplier = event["suyuan:supplier"];
    const isEntered = typeof supplier === "object" && supplier !== null && !Array.isArray(supplier);
    const isElsewhere = link.after.some((ref) => ref.ledger !== undefined);
    return isEntered && RECEIVING.includes(stepOf(link)) && !isElsewhere && !this.namesSent(link) ? "purchase" : "unsent";
  }

  namesSent(link) {
    return link.after.some((ref) => ref.ledger === undefined && this.links.has(ref.index)
      && (isDispatch(this.links.get(ref.index)) || isRefusal(this.links.get(ref.index))));
  }

  // The events of a chain on the way that count, by index.
  counting(key) {
    const links = this.chain(key).filter(([, link]) => link.event);
    const [declared, undone] = [new Set(), new Set()];
    for (const [, { event }] of links) {
      if (Object.hasOwn(event, "errorDeclaration")) declared.add(event.eventID);
      else if (UNSENDING.includes(stepOf({ event }))) undone.add(event["suyuan:of"]);
    }
    const seen = new Set();
    return links.filter(([, link]) => {
      const { event } = link;
      if (Object.hasOwn(event, "errorDeclaration")) return false;
      if (typeof event.eventID !== "string") return true;
      if (declared.has(event.eventID) || seen.has(event.eventID)) return false;
      if (undone.has(event.eventID) && isDispatch(link)) return false;
      seen.add(event.eventID);
      return true;
    });
  }
}

export { CHILDREN, INPUTS, canonical, isRefusal };
