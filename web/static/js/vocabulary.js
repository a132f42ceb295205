// Steps, roles, units and statements of trace/format/vocabulary.json, by their traits.

const DATA = {}; // filled in by the server (web/app/scripts.py)

export const {
  statements: STATEMENTS, kept: KEPT, fates: FATES, licences: LICENCES, allergens: ALLERGENS,
} = DATA;
export const UNITS = new Map(Object.entries(DATA.units)); // by code: base unit and factor
export const ROLES = Object.keys(DATA.roles);

const isAny = (step, traits) => traits.some((trait) => step.traits.includes(trait));

// The names of the roles that have any of these traits.
export const rolesOf = (...traits) => ROLES.filter((name) => isAny(DATA.roles[name], traits));

// The business steps of the steps that have any of these traits.
export const bizSteps = (...traits) => DATA.steps.filter((step) => isAny(step, traits)).map((step) => step.event.bizStep);

// What an event says of the step of a trait: action, bizStep, disposition.
export const eventOf = (trait) => DATA.steps.find((step) => step.traits.includes(trait)).event;

const PREFIXES = ["https://ref.gs1.org/cbv/BizStep-", "urn:epcglobal:cbv:bizstep:", "cbv:BizStep-"];

// A business step without the prefixes that CBV's own may carry; null for what is no text.
export function bare(bizStep) {
  if (typeof bizStep !== "string") return null;
  return bizStep.slice((PREFIXES.find((start) => bizStep.startsWith(start)) || "").length);
}
