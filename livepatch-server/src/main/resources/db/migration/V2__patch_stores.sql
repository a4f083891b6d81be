-- Where the bytes of all patches are served from. The first unit writes the row, and from then on only a migration changes it.
create table patch_store (
  singleton  boolean     primary key default true check (singleton),
  type       text        not null check (type in ('filesystem', 'postgres', 's3')),
  moved_from text        check (moved_from <> type),
  -- The unit on whose disk they are, if they are on one.
  unit       text        check (unit is null or type = 'filesystem'),
  since      timestamptz not null
);

-- Until now there was but one kind of store.
insert into patch_store (type, since) select 'filesystem', now() where exists (select from patches);

-- What is known of the bytes of a patch in one of the stores.
create table patch_copies (
  patch_id    bigint      not null references patches on delete cascade,
  store       text        not null check (store in ('filesystem', 'postgres', 's3')),
  verified_at timestamptz not null,
  rotten      text,
  primary key (patch_id, store)
);

create index patch_copies_verified on patch_copies (store, verified_at);

create trigger patch_store_changed after insert or update or delete on patch_store
  for each statement execute function catalog_changed();

-- A patch that turned out rotten leaves the answers, one that is whole again comes back; that it was looked at changes nothing.
create trigger patch_copies_rotten after insert on patch_copies
  for each row when (new.rotten is not null) execute function catalog_changed();
create trigger patch_copies_changed after update of rotten on patch_copies
  for each row when (old.rotten is distinct from new.rotten) execute function catalog_changed();
