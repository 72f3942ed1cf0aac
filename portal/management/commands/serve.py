"""One process that serves the site and does its background work: what `make demo` runs."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from community.demo import PASSWORD, is_loaded
from community.models import User
from portal.tasks import deliver_notices, sweep_clocks, tidy_up

HOST = "127.0.0.1"
SWEEP_SECONDS = 60
TIDY_MINUTES = 60
POLL_SECONDS = 0.5
# What open requests, and then a running task, get when the server is told to stop.
GRACE_SECONDS = 1
# interfaces.md, "Demo accounts"; those whose part is not built yet are not in the database and not printed.
DEMO_ACCOUNTS = {
    "居民": ("resident1", "resident2", "resident3", "resident_other", "newcomer"),
    "社区": ("worker", "worker2", "worker_other", "moderator", "recorder", "teller", "owners", "steward"),
    "办理单位": ("handler",),
    "镇街和区": ("town", "district", "auditor", "editor", "admin"),
    "志愿服务": ("leader", "clerk", "clerk2"),
    "社会组织": ("org", "sponsor", "registrar", "registrar2"),
    "基金和创投": ("fund", "fund2", "judge1", "judge2", "judge3", "judge4", "judge5"),
}
logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """Serves on loopback until Ctrl-C."""

    help = "Serve the site on loopback, with the task worker and the clock's sweep in the same process."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the port and whether to bring the database in order first."""
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000")
        parser.add_argument("--prepare", action="store_true", help="migrate, collect static files, load the demo once")

    def handle(self, *args: Any, port: str, prepare: bool, **options: Any) -> None:
        """Prepare if asked, then serve."""
        listening = listen(port)
        if prepare:
            self.prepare()
        self.greet(listening.getsockname()[1])
        with listening, suppress(KeyboardInterrupt):
            serve(listening)
        self.stdout.write("stopped")

    def prepare(self) -> None:
        """Bring the database and the static files in order; what stands is kept."""
        self.stdout.write("database and static files ...")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        if settings.DEMO and not is_loaded():
            self.stdout.write("demo district ...")
            call_command("load_demo")

    def greet(self, port: int) -> None:
        """Print the address and, in a demo, who can sign in."""
        self.stdout.write(f"\n共治 Gongzhi: http://localhost:{port}   (Ctrl-C stops it)")
        if settings.DEMO:
            there = set(User.objects.filter(is_active=True).values_list("username", flat=True))
            self.stdout.write(f"demo accounts, password {PASSWORD}:")
            for group, names in DEMO_ACCOUNTS.items():
                if shown := [name for name in names if name in there]:
                    self.stdout.write(f"  {group}  {' '.join(shown)}")
        self.stdout.write("", ending="\n")
        self.stdout.flush()


def listen(port: str) -> socket.socket:
    """Return a socket that is bound to loopback, or end with one line that says what is wrong with the port."""
    if not port.isdecimal() or int(port) > 65535:
        raise CommandError(f"PORT is {port!r}; set it to a number up to 65535")
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, int(port)))
    except OSError as error:
        listening.close()
        raise CommandError(
            f"port {port} cannot be had ({error.strerror}); choose another: PORT=8001 make demo"
        ) from None
    return listening


def serve(listening: socket.socket) -> None:
    """Serve with the worker and the clock beside it; on SIGINT or SIGTERM all three end."""
    # uvicorn hands the signal on when it has stopped; this way it arrives as an exception.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stopping = threading.Event()
    worker = Worker(
        queue_names=["*"],
        excluded_queue_names=[],
        interval=POLL_SECONDS,
        batch=False,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=get_random_string(32),
    )
    threads = [in_background("worker", worker.run, stopping), in_background("clock", lambda: tick(stopping), stopping)]
    config = uvicorn.Config(
        "portal.asgi:application",
        access_log=False,
        # Which proxies may be believed is decided by TRUSTED_PROXIES alone.
        proxy_headers=False,
        lifespan="off",
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        stopping.set()
        worker.running = False
        for thread in threads:
            thread.join(GRACE_SECONDS)


def in_background(name: str, work: Callable[[], None], stopping: threading.Event) -> threading.Thread:
    """Start `work` in a thread; where it breaks, it is said and begun again."""

    def run() -> None:
        while not stopping.is_set():
            try:
                work()
            except Exception:
                logger.exception("the %s broke and starts again", name)
                stopping.wait(POLL_SECONDS)
            finally:
                connections.close_all()

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


def tick(stopping: threading.Event) -> None:
    """Ask for a sweep and for sending notices now and then every minute, and for tidying every hour."""
    for minute in count():
        if stopping.is_set():
            return
        sweep_clocks.enqueue()
        deliver_notices.enqueue()
        if minute % TIDY_MINUTES == 0:
            tidy_up.enqueue()
        connections.close_all()
        stopping.wait(SWEEP_SECONDS)
