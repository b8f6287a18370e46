"""moto's server on the port given. It looks whether an object is there and writes it in two steps, so writes come one after the other here."""

import sys
from threading import Lock

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple


class OneWriteAtATime:
    def __init__(self, app):
        self.app = app
        self.writing = Lock()

    def __call__(self, environ, start_response):
        if environ["REQUEST_METHOD"] not in ("PUT", "POST"):
            return self.app(environ, start_response)
        with self.writing:
            return list(self.app(environ, start_response))


app = OneWriteAtATime(DomainDispatcherApplication(create_backend_app))
run_simple("127.0.0.1", int(sys.argv[1]), app, threaded=True)
