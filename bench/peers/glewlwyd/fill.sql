-- People with a TOTP secret each, as Glewlwyd's user module and OTP scheme keep them.
insert into g_user_auth_scheme_module_instance (guasmi_module, guasmi_expiration, guasmi_max_use, guasmi_allow_user_register, guasmi_name, guasmi_display_name, guasmi_parameters)
values ('otp', 600, 0, 1, 'otp', 'OTP', '{"issuer":"bench","secret-minimum-size":16,"otp-length":6,"hotp-allow":false,"hotp-window":0,"totp-allow":true,"totp-window":30,"totp-start-offset":0}');
insert into g_scope_group (gs_id, gsg_name, gsg_scheme_required) select gs_id, 'otp', 1 from g_scope where gs_name = 'g_profile';
insert into g_scope_group_auth_scheme_module_instance (gsg_id, guasmi_id) select gsg_id, guasmi_id from g_scope_group, g_user_auth_scheme_module_instance;
insert into g_user (gu_username, gu_name, gu_email, gu_enabled)
select 'person-' || n, 'Person ' || n, 'person-' || n || '@bench.example', 1 from generate_series(0, :people - 1) as n;
insert into g_user_scope_user (gu_id, gus_id) select gu_id, gus_id from g_user, g_user_scope where gus_name = 'g_profile' and gu_username like 'person-%';
insert into gs_otp (gso_mod_name, gso_issued_at, gso_last_used, gso_username, gso_otp_type, gso_secret, gso_totp_time_step_size)
select 'otp', now(), now() - interval '1 hour', 'person-' || n, 1, bench_base32(convert_to(bench_seed(n), 'UTF8')), 30 from generate_series(0, :people - 1) as n;
vacuum analyze;
