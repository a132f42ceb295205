// Corrections (section 6 of docs/format.md): what is right, and what was wrong declared an error.

import * as canonical from "../sign/canonical.js";
import { timeOf } from "./slip.js";

// The drafts that correct a record: for each dispatch whose answer has changed, the
// right events, at the time of the wrong ones, and these again, declared to be errors.
export function corrected(record, drafts, when) {
  const links = [];
  const of = (all, index) => all.filter((draft) => draft.after[0].index === index);
  for (const index of new Set(record.standing.map((draft) => draft.after[0].index))) {
    const [before, next] = [of(record.standing, index), of(drafts, index)];
    if (meaning(before) === meaning(next)) continue;
    const { eventTime, eventTimeZoneOffset } = before[0].event;
    const right = next.map((draft) => ({ ...draft, event: { ...draft.event, eventTime, eventTimeZoneOffset } }));
    const declared = { declarationTime: timeOf(when).eventTime };
    const ids = right.map(({ event }) => event.eventID);
    Object.assign(declared, ids.length ? { reason: "incorrect_data", correctiveEventIDs: ids } : { reason: "did_not_occur" });
    links.push(...right, ...before.map((draft) => ({ ...draft, event: { ...draft.event, errorDeclaration: declared } })));
  }
  return links;
}

function meaning(drafts) {
  const bare = drafts.map(({ event }) => ({ ...event, eventID: "", eventTime: "", eventTimeZoneOffset: "" }));
  return canonical.dumps(bare);
}

// The events that stand once a correction is recorded.
export function standingAfter(record, drafts) {
  const isChanged = new Set(drafts.map((draft) => draft.after[0].index));
  const right = drafts.filter(({ event }) => !event.errorDeclaration);
  return record.standing.filter((draft) => !isChanged.has(draft.after[0].index)).concat(right);
}
