"""Fills an empty privacyIDEA with people who each have an active TOTP token: fill.py DATABASE_URL COUNT

One token is enrolled by privacyIDEA itself; the others are the same rows with seeds of their own, sealed by privacyIDEA's own function.
"""

import hashlib
import io
import sqlite3
import sys
from urllib.parse import urlparse

from privacyidea.app import create_app
from privacyidea.lib.crypto import encrypt, geturandom, hexlify_and_unicode
from privacyidea.lib.realm import set_default_realm, set_realm
from privacyidea.lib.resolver import save_resolver
from privacyidea.lib.token.lifecycle import init_token
from privacyidea.lib.user import User
from privacyidea.models import Token, TokenInfo, TokenOwner, TokenRealm, db

RESOLVER = "people"
REALM = "bench"
AT_ONCE = 20_000


def seed_of(number):
    """What every server of the benchmark knows of a person: twenty characters, as bytes."""
    return hashlib.sha256(b"person-%d" % number).hexdigest()[:20].encode()


class Place:
    """Puts rows into PostgreSQL or SQLite as fast as each can."""

    def __init__(self, url):
        self.postgres = url.startswith("postgres")
        parts = urlparse(url)
        if self.postgres:
            import psycopg2

            self.connection = psycopg2.connect(host=parts.hostname, port=parts.port, user=parts.username, dbname=parts.path[1:])
        else:
            self.connection = sqlite3.connect(parts.path.replace("//", "/"))

    def run(self, sql):
        cursor = self.connection.cursor()
        cursor.execute(sql)
        self.connection.commit()

    def put(self, table, columns, rows):
        cursor = self.connection.cursor()
        named = ", ".join(f'"{column}"' for column in columns)
        if self.postgres:
            lines = "".join("\t".join(self.text(value) for value in row) + "\n" for row in rows)
            cursor.copy_expert(f"copy {table} ({named}) from stdin", io.StringIO(lines))
        else:
            marks = ", ".join("?" for _ in columns)
            cursor.executemany(f"insert into {table} ({named}) values ({marks})", rows)

    @staticmethod
    def text(value):
        if value is None:
            return r"\N"
        if isinstance(value, bool):
            return "t" if value else "f"
        return str(value)

    def after(self, table, last):
        """The next row that privacyIDEA itself makes is numbered after ours."""
        if self.postgres:
            self.run(f"select setval('{table}_seq', {last + 1})")


def columns_of(row):
    return {column.name: getattr(row, column.key) for column in row.__mapper__.columns}


def make_template(place, url):
    """A resolver over a table of people, a realm, and one enrolled token."""
    place.run("create table people (id integer primary key, login varchar(80) not null, mail varchar(120), given varchar(80), surname varchar(80))")
    place.run("create unique index people_login on people (login)")
    place.put("people", ["id", "login"], [(1, "template")])
    place.connection.commit()
    parts = urlparse(url)
    where = (
        {"Driver": "postgresql+psycopg2", "Server": parts.hostname, "Port": parts.port, "Database": parts.path[1:], "User": parts.username}
        if place.postgres
        else {"Driver": "sqlite", "Server": "/", "Database": parts.path.replace("//", "/").lstrip("/")}
    )
    save_resolver(
        {
            "resolver": RESOLVER,
            "type": "sqlresolver",
            "Table": "people",
            "Limit": 50,
            "Map": '{"userid": "id", "username": "login", "email": "mail", "givenname": "given", "surname": "surname"}',
            **where,
        }
    )
    set_realm(REALM, [{"name": RESOLVER}])
    set_default_realm(REALM)
    made = init_token({"type": "totp", "otpkey": seed_of(0).hex(), "hashlib": "sha1", "timeStep": 30}, User("template", REALM))
    db.session.commit()
    return made.token.id


def fill(place, template, count):
    token = columns_of(db.session.get(Token, template))
    owner = columns_of(TokenOwner.query.filter_by(token_id=template).one())
    realm = columns_of(TokenRealm.query.filter_by(token_id=template).one())
    infos = [columns_of(info) for info in TokenInfo.query.filter_by(token_id=template).all()]
    db.session.close()
    first = template + 1
    for start in range(0, count, AT_ONCE):
        numbers = range(start, min(count, start + AT_ONCE))
        place.put("people", ["id", "login", "mail", "given", "surname"], [(n + 2, f"person-{n}", f"person-{n}@bench.example", "Person", str(n)) for n in numbers])
        tokens, owners, realms, about = [], [], [], []
        for n in numbers:
            own = first + n
            iv = geturandom(16)
            sealed = encrypt(seed_of(n).hex(), iv)
            tokens.append(tuple({**token, "id": own, "serial": f"BENCH{own:08X}", "key_enc": sealed, "key_iv": hexlify_and_unicode(iv)}.values()))
            owners.append(tuple({**owner, "id": own, "token_id": own, "user_id": str(n + 2)}.values()))
            realms.append(tuple({**realm, "id": own, "token_id": own}.values()))
            for place_of, info in enumerate(infos):
                number = infos[-1]["id"] + 1 + n * len(infos) + place_of
                about.append(tuple({**info, "id": number, "token_id": own}.values()))
        place.put("token", token.keys(), tokens)
        place.put("tokenowner", owner.keys(), owners)
        place.put("tokenrealm", realm.keys(), realms)
        place.put("tokeninfo", infos[0].keys(), about)
        place.connection.commit()
    last = first + count
    for table in ("token", "tokenowner", "tokenrealm"):
        place.after(table, last)
    place.after("tokeninfo", infos[-1]["id"] + 1 + count * len(infos))
    if place.postgres:
        place.connection.autocommit = True
        place.run("vacuum analyze")
    else:
        place.run("analyze")


def main():
    url, count = sys.argv[1], int(sys.argv[2])
    application = create_app(config_name="production", silent=True, initialize_hsm=True)
    with application.app_context():
        place = Place(url)
        fill(place, make_template(place, url), count)


main()
