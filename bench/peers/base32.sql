-- RFC 4648, without padding: the form of a seed in which most servers keep it.
create or replace function bench_base32(bytes bytea) returns text language plpgsql immutable as $$
declare
  bits text := '';
  answer text := '';
begin
  for i in 0..length(bytes) - 1 loop
    bits := bits || get_byte(bytes, i)::bit(8)::text;
  end loop;
  for i in 0..length(bits) / 5 - 1 loop
    answer := answer || substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', substr(bits, i * 5 + 1, 5)::bit(5)::int + 1, 1);
  end loop;
  return answer;
end $$;
-- What every server of the benchmark knows of a person: twenty characters of ASCII.
create or replace function bench_seed(number bigint) returns text language sql immutable as $$
  select substr(encode(sha256(convert_to('person-' || number, 'UTF8')), 'hex'), 1, 20)
$$;
