-- A session ends with the password that it was made with: SHA-256 of the user's line in auth.basic.users.
-- Null for sessions that programs from before make: units that know this column refuse them.
alter table admin_sessions add credential bytea check (length(credential) = 32);
alter table admin_sessions alter created_at set default now();

-- When a key begins to sign URLs: late enough for all units to have read it before. Keys from before sign since now, so that
-- the first rotation by age comes when every unit that shares them has been upgraded.
alter table signing_keys add signs_from timestamptz not null default now();
alter table signing_keys alter created_at set default now();

-- Which revision of the catalog each process of each unit has in memory. A process that ends deletes its row; the row of one that
-- was killed is ignored, and later deleted, once seen_at is old.
create table unit_processes (
  process_id uuid        primary key,
  unit       text        not null,
  revision   bigint      not null,
  seen_at    timestamptz not null
);

-- A notification of the catalog makes units read their keys, too.
create function signing_keys_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('livepatch_catalog', '');
  return null;
end
$$;

create trigger signing_keys_changed after insert or delete on signing_keys
  for each statement execute function signing_keys_changed();
