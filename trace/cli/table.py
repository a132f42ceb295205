"""The ledger's commands by name: the module of each, and the first sentence of its help.

So that a module is loaded only where a command of it is run.
"""

from collections.abc import Mapping

# fmt: off
COMMANDS: Mapping[str, tuple[str, str]] = {
    # Goods: recording, receiving, showing, tracing, labelling them
    "arrivals": ("goods.arrivals", "What was sent to a party and waits for its answer, by when it has to be given."),
    "confirm": ("goods.arrivals", "Answer DISPATCH, the index of a slip in `arrivals` or a code of what was sent."),
    "disclosures": ("goods.disclosures", "What is kept of fields that links hide: list, give on, erase."),
    "export": ("goods.export", "Write what the ledger has of ITEM to a file."),
    "findings": ("goods.findings", "What the ledger was told that cannot be true, lacks something, or came late."),
    "holdings": ("goods.holdings", "What PARTY has now, what is on its way to it, and what it sent that nobody has answered."),
    "import": ("goods.import_epcis", "Import other people's formats."),
    "inbox": ("goods.arrivals", "What waits for a party: arrivals to confirm, holds and recalls, what is overdue."),
    "labels": ("goods.labels", "Labels with QR codes, each with a serial of its own: `suyuan labels ITEM -o FILE`."),
    "overdue": ("goods.holdings", "What was not confirmed within 24 hours, and what was entered over 36 hours after purchase."),
    "place": ("goods.record", "State what a place is: URI is its GLN's Digital Link, a URI, or `new`."),
    "product": ("goods.record", "State what a product is: URI is its GTIN's Digital Link, a URI, or `new`."),
    "purchase": ("goods.arrivals", "Enter what was bought of a supplier who pushed nothing; the chain begins at the buyer."),
    "record": ("goods.record", "Record one process step of ITEM: a trace code, a URI, a scanned URL, or `new`."),
    "register": ("goods.register", "Source coding (赋码) of all batches in FILE: CSV or XLSX, Chinese or English headings."),
    "retract": ("goods.record", "Declare that the event at INDEX, of the same party, did not occur."),
    "show": ("goods.show", "The history of ITEM, oldest first, each link verified on the spot."),
    "trace": ("goods.trace", "The lineage of ITEM: what it was made from, what was made from it, who has it now."),
    # Parties: who they are, their keys and mandates, how they are reached
    "contact": ("parties.contact", "Where parties are told of holds and recalls: e-mail addresses and webhooks."),
    "draw": ("parties.draws", "Draws of whom an office inspects, and by whom, that anyone can recompute (双随机)."),
    "keys": ("parties.keys", "Make, enrol, revoke and list keys."),
    "mandate": ("parties.party", "Give and withdraw mandates."),
    "notices": ("parties.contact", "Who was told of which hold or recall, where, and what came of it."),
    "party": ("parties.party", "Admit, change and list parties."),
    "registrar": ("parties.party", "Appoint and dismiss registrars."),
    "reports": ("parties.reports", "What consumers reported of foods and labels, each under a receipt number."),
    "seal": ("parties.seal", "The seal keys of an office, by which its documents are sealed."),
    # Holds and recalls
    "hold": ("recall.recall", "Holds: what may not be sent or sold for now (暂停销售)."),
    "recall": ("recall.recall", "Recalls and drills: scope, order, answers, progress, closing (召回、模拟召回)."),
    # The ledger itself: making, verifying, publishing and witnessing it
    "alarms": ("log.witnessing", "What witnesses, or a mirror, hold against this ledger."),
    "audit": ("log.audit", "Audit the whole ledger: every link, signature, chain, projection and checkpoint."),
    "auditors": ("log.witnessing", "Who reads the entries of a ledger whose trust file says `entries: private`."),
    "backup": ("log.backup", "Write a part of the ledger as it is now to a new FILE, while servers go on."),
    "init": ("log.init", "Make a new ledger: the log's key and a gateway's in the home, the root key outside it."),
    "monitor": ("log.monitor", "Follow the log at URL (its prefix, without /checkpoint) from outside."),
    "policy": ("log.witnessing", "Which witnesses this ledger asks, and how many make a quorum."),
    "publish": ("log.publish", "Write the log as static files: checkpoint, tiles and entry bundles as /log/ serves them."),
    "rebuild": ("log.upgrade", "Make a follower's projection anew from the links."),
    "reseal": ("log.upgrade", "Seal the rows beside the ledger anew, and say which of them are believed."),
    "restore": ("log.backup", "Make a ledger of backups: that of the ledger, and of its keys, in a home that is not there."),
    "upgrade": ("log.upgrade", "Migrate the schema to this program's, and make anew what other rules had derived."),
    "verify": ("log.verify", "Verify the history of an ITEM in the ledger, or an evidence FILE (.suyuan) by itself."),
    "witnessing": ("log.witnessing", "Have this ledger's checkpoints cosigned by the witnesses of its policy."),
}
# fmt: on
