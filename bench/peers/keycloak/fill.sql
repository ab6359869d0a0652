-- People as Keycloak made its own first one, each with the same password and a TOTP secret of their own.
create temporary table first_one as select * from user_entity where username = 'template';
insert into user_entity (id, email, email_constraint, email_verified, enabled, first_name, last_name, realm_id, username, created_timestamp, not_before)
select md5('person-' || n)::uuid::text, 'person-' || n || '@bench.example', 'person-' || n || '@bench.example', true, true, 'Person', n::text, realm_id, 'person-' || n, created_timestamp, 0
from first_one, generate_series(0, :people - 1) as n;
insert into user_role_mapping (role_id, user_id)
select role_id, md5('person-' || n)::uuid::text from user_role_mapping, generate_series(0, :people - 1) as n where user_id = (select id from first_one);
insert into credential (id, type, user_id, created_date, secret_data, credential_data, priority)
select md5('password-' || n)::uuid::text, 'password', md5('person-' || n)::uuid::text, created_date, secret_data, credential_data, 10
from credential, generate_series(0, :people - 1) as n where user_id = (select id from first_one);
insert into credential (id, type, user_id, created_date, user_label, secret_data, credential_data, priority)
select md5('otp-' || n)::uuid::text, 'otp', md5('person-' || n)::uuid::text, created_timestamp, 'Bench', '{"value":"' || bench_seed(n) || '"}',
  '{"subType":"totp","digits":6,"counter":0,"period":30,"algorithm":"HmacSHA1"}', 20
from first_one, generate_series(0, :people - 1) as n;
vacuum analyze;
