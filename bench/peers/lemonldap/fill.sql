-- People with a password, sessions, and persistent sessions that hold a TOTP secret each, as LemonLDAP::NG keeps them.
create table people (login text primary key, password text not null, mail text);
create unlogged table sessions (id varchar(64) not null primary key, a_session jsonb);
create index on sessions ((a_session ->> '_whatToTrace'));
create index on sessions ((a_session ->> '_session_kind'));
create index on sessions ((cast(a_session ->> '_utime' as bigint)));
create index on sessions ((a_session ->> 'ipAddr'));
create table psessions (id varchar(64) not null primary key, a_session jsonb);
create index on psessions ((a_session ->> '_session_kind'));
create index on psessions ((a_session ->> '_httpSessionType'));
create index on psessions ((a_session ->> '_session_uid'));
create index on psessions ((cast(a_session ->> '_utime' as bigint)));
insert into people
select 'person-' || n, 'plum envelope under the northern stair', 'person-' || n || '@bench.example' from generate_series(0, :people - 1) as n;
insert into psessions
select id, jsonb_build_object(
  '_session_id', id, '_session_uid', name, '_session_kind', 'Persistent', '_utime', 1700000000,
  '_2fDevices', '[{"type":"TOTP","name":"Bench","epoch":1700000000,"_secret":"' || bench_base32(convert_to(bench_seed(n), 'UTF8')) || '"}]')
from (select n, 'person-' || n as name, md5('person-' || n) as id from generate_series(0, :people - 1) as n) as made;
vacuum analyze;
