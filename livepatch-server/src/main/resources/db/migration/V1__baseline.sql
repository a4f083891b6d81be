-- Tiers, ordered: a patch enters at the first and is promoted from there.
create table tiers (
  tier_id  integer generated always as identity primary key,
  name     text    not null unique check (name ~ '^[a-z][a-z0-9-]{0,31}$'),
  position integer not null unique deferrable initially deferred
);

insert into tiers (name, position) values ('edge', 0), ('beta', 1), ('candidate', 2), ('stable', 3);

create table patches (
  patch_id     bigint      generated always as identity primary key,
  filename     text        not null unique,
  kernel       text        not null,
  architecture text        not null,
  version      text        not null,
  sha256       bytea       not null check (length(sha256) = 32),
  size         bigint      not null check (size >= 0),
  added_at     timestamptz not null,
  blocked_at   timestamptz,
  block_reason text,
  check ((blocked_at is null) = (block_reason is null))
);

create index patches_version on patches (version);

create table tier_patches (
  tier_id     integer     not null references tiers on delete cascade,
  patch_id    bigint      not null references patches on delete cascade,
  promoted_at timestamptz not null,
  primary key (tier_id, patch_id)
);

create index tier_patches_patch on tier_patches (patch_id);

create table auth_tokens (
  auth_token_id bigint      generated always as identity primary key,
  label         text        not null unique,
  token_hash    bytea       not null unique check (length(token_hash) = 32),
  tier_id       integer     not null references tiers,
  created_at    timestamptz not null,
  revoked_at    timestamptz
);

create index auth_tokens_tier on auth_tokens (tier_id);

-- Who a machine is. Changes when it enrols or leaves; what it reports hourly is kept apart, in machine_reports.
create table machines (
  machine_id    text        primary key,
  token_hash    bytea       not null unique check (length(token_hash) = 32),
  token_nonce   bytea       not null,
  auth_token_id bigint      not null references auth_tokens,
  tier_id       integer     not null references tiers,
  kernel        text        not null,
  architecture  text        not null,
  enrolled_at   timestamptz not null
);

create index machines_tier on machines (tier_id);
create index machines_auth_token on machines (auth_token_id);

-- The newest report of each machine. Half-empty pages and no index but the key keep the hourly updates in place (HOT).
create table machine_reports (
  machine_id     text        primary key references machines on delete cascade,
  kernel         text        not null,
  architecture   text        not null,
  client_version text,
  cpu_model      text,
  boot_time      timestamptz,
  uptime         bigint,
  patch_version  text,
  patch_state    text,
  seen_at        timestamptz not null
) with (fillfactor = 60);

create table admin_sessions (
  token_hash bytea       primary key check (length(token_hash) = 32),
  username   text        not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);

-- Keys that sign download URLs; units share them, the newest signs.
create table signing_keys (
  key_id     integer     generated always as identity primary key,
  secret     bytea       not null check (length(secret) = 32),
  created_at timestamptz not null
);

-- The catalog's revision: one row, counted up by every change, so a unit sees with one small read whether it is behind.
create table catalog_revision (
  singleton boolean primary key default true check (singleton),
  revision  bigint  not null
);

insert into catalog_revision (revision) values (1);

create function catalog_changed() returns trigger language plpgsql as $$
begin
  update catalog_revision set revision = revision + 1;
  perform pg_notify('livepatch_catalog', '');
  return null;
end
$$;

create trigger tiers_changed after insert or update or delete on tiers
  for each statement execute function catalog_changed();
create trigger patches_changed after insert or update or delete on patches
  for each statement execute function catalog_changed();
create trigger tier_patches_changed after insert or update or delete on tier_patches
  for each statement execute function catalog_changed();

-- Tells every unit to forget the cached token of a machine that left or enrolled anew.
create function machine_token_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('livepatch_machine_tokens', encode(old.token_hash, 'hex'));
  return null;
end
$$;

create trigger machines_token_changed after update of token_hash, tier_id or delete on machines
  for each row execute function machine_token_changed();
