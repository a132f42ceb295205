"""What a WSGI server loads: the app over the ledger in SUYUAN_HOME."""

import os

from suyuan.trace.ledger.home import home_folder
from suyuan.trace.store.files.durable import OTHERS
from suyuan.web.factory import create_app

os.umask(OTHERS)
app = create_app(home_folder())
