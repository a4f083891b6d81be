-- Whether machines that enrol with a token may share a machine id, as copies of one image do.
alter table auth_tokens add column shared_images boolean not null default false;

-- Which client enrolled a machine, so that another one cannot take it over. Machines from before have no key: their auth token is known.
alter table machines
  -- SHA-256 of the enrolment key; null where the client sent none or its auth token is for shared images.
  add column key_hash    bytea check (length(key_hash) = 32),
  -- Since when any client may enrol the machine anew, for machines.takeover-after.
  add column released_at timestamptz;

-- How often the boot time that a machine reports went back, at most 7 days after the time before: copies of a machine take turns.
alter table machine_reports
  add column boot_reversals   integer not null default 0,
  add column boot_reversed_at timestamptz;

-- Until now these times came from clocks of units. A clock that was ahead must not decide anything any more.
update machine_reports set seen_at = now() where seen_at > now();
update machines set enrolled_at = now() where enrolled_at > now();
update patch_copies set verified_at = now() where verified_at > now();

-- An enrolment that keeps the token must not make every unit read it again.
drop trigger machines_token_changed on machines;
create trigger machines_token_changed after update of token_hash, tier_id on machines
  for each row when (old.token_hash is distinct from new.token_hash or old.tier_id is distinct from new.tier_id)
  execute function machine_token_changed();
create trigger machines_removed after delete on machines
  for each row execute function machine_token_changed();
