"""The private Redis: a socket for its owner only, and a queue that outlasts it."""

from pathlib import Path

import pytest
import redis

from deploy.local.broker import RedisServer
from deploy.local.services import temporary_redis

pytestmark = pytest.mark.nodb


def test_redis_is_reached_through_its_socket_only() -> None:
    with temporary_redis() as server, redis.Redis(unix_socket_path=str(server.socket)) as client:
        assert server.url == f"redis+socket://{server.socket}"
        assert server.socket.stat().st_mode & 0o077 == 0
        assert client.config_get("port") == {"port": "0"}


def test_queue_outlasts_a_restart(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "data", tmp_path, tmp_path / "redis.log")
    for expected in (1, 2):
        server.start()
        try:
            with redis.Redis(unix_socket_path=str(server.socket)) as client:
                assert client.lpush("queue", "task") == expected
        finally:
            server.stop()
