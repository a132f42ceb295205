"""What a WSGI server loads: the app over the ledger in SUYUAN_HOME."""

import os

from suyuan.trace.durable import OTHERS
from suyuan.trace.home import home_folder

from .app import create_app

os.umask(OTHERS)
app = create_app(home_folder())
