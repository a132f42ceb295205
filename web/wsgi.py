"""What a WSGI server loads: the app over the ledger in SUYUAN_HOME."""

from suyuan.trace.home import home_folder

from .app import create_app

app = create_app(home_folder())
