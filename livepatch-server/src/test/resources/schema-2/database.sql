SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE FUNCTION public.catalog_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  update catalog_revision set revision = revision + 1;
  perform pg_notify('livepatch_catalog', '');
  return null;
end
$$;
CREATE FUNCTION public.machine_token_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform pg_notify('livepatch_machine_tokens', encode(old.token_hash, 'hex'));
  return null;
end
$$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.admin_sessions (
    token_hash bytea NOT NULL,
    username text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT admin_sessions_token_hash_check CHECK ((length(token_hash) = 32))
);
CREATE TABLE public.auth_tokens (
    auth_token_id bigint NOT NULL,
    label text NOT NULL,
    token_hash bytea NOT NULL,
    tier_id integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT auth_tokens_token_hash_check CHECK ((length(token_hash) = 32))
);
ALTER TABLE public.auth_tokens ALTER COLUMN auth_token_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.auth_tokens_auth_token_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.catalog_revision (
    singleton boolean DEFAULT true NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT catalog_revision_singleton_check CHECK (singleton)
);
CREATE TABLE public.flyway_schema_history (
    installed_rank integer NOT NULL,
    version character varying(50),
    description character varying(200) NOT NULL,
    type character varying(20) NOT NULL,
    script character varying(1000) NOT NULL,
    checksum integer,
    installed_by character varying(100) NOT NULL,
    installed_on timestamp without time zone DEFAULT now() NOT NULL,
    execution_time integer NOT NULL,
    success boolean NOT NULL
);
CREATE TABLE public.machine_reports (
    machine_id text NOT NULL,
    kernel text NOT NULL,
    architecture text NOT NULL,
    client_version text,
    cpu_model text,
    boot_time timestamp with time zone,
    uptime bigint,
    patch_version text,
    patch_state text,
    seen_at timestamp with time zone NOT NULL
)
WITH (fillfactor='60');
CREATE TABLE public.machines (
    machine_id text NOT NULL,
    token_hash bytea NOT NULL,
    token_nonce bytea NOT NULL,
    auth_token_id bigint NOT NULL,
    tier_id integer NOT NULL,
    kernel text NOT NULL,
    architecture text NOT NULL,
    enrolled_at timestamp with time zone NOT NULL,
    CONSTRAINT machines_token_hash_check CHECK ((length(token_hash) = 32))
);
CREATE TABLE public.patch_copies (
    patch_id bigint NOT NULL,
    store text NOT NULL,
    verified_at timestamp with time zone NOT NULL,
    rotten text,
    CONSTRAINT patch_copies_store_check CHECK ((store = ANY (ARRAY['filesystem'::text, 'postgres'::text, 's3'::text])))
);
CREATE TABLE public.patch_store (
    singleton boolean DEFAULT true NOT NULL,
    type text NOT NULL,
    moved_from text,
    unit text,
    since timestamp with time zone NOT NULL,
    CONSTRAINT patch_store_check CHECK ((moved_from <> type)),
    CONSTRAINT patch_store_check1 CHECK (((unit IS NULL) OR (type = 'filesystem'::text))),
    CONSTRAINT patch_store_singleton_check CHECK (singleton),
    CONSTRAINT patch_store_type_check CHECK ((type = ANY (ARRAY['filesystem'::text, 'postgres'::text, 's3'::text])))
);
CREATE TABLE public.patches (
    patch_id bigint NOT NULL,
    filename text NOT NULL,
    kernel text NOT NULL,
    architecture text NOT NULL,
    version text NOT NULL,
    sha256 bytea NOT NULL,
    size bigint NOT NULL,
    added_at timestamp with time zone NOT NULL,
    blocked_at timestamp with time zone,
    block_reason text,
    CONSTRAINT patches_check CHECK (((blocked_at IS NULL) = (block_reason IS NULL))),
    CONSTRAINT patches_sha256_check CHECK ((length(sha256) = 32)),
    CONSTRAINT patches_size_check CHECK ((size >= 0))
);
ALTER TABLE public.patches ALTER COLUMN patch_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.patches_patch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.signing_keys (
    key_id integer NOT NULL,
    secret bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT signing_keys_secret_check CHECK ((length(secret) = 32))
);
ALTER TABLE public.signing_keys ALTER COLUMN key_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.signing_keys_key_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.tier_patches (
    tier_id integer NOT NULL,
    patch_id bigint NOT NULL,
    promoted_at timestamp with time zone NOT NULL
);
CREATE TABLE public.tiers (
    tier_id integer NOT NULL,
    name text NOT NULL,
    "position" integer NOT NULL,
    CONSTRAINT tiers_name_check CHECK ((name ~ '^[a-z][a-z0-9-]{0,31}$'::text))
);
ALTER TABLE public.tiers ALTER COLUMN tier_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.tiers_tier_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
INSERT INTO public.admin_sessions (token_hash, username, created_at, expires_at) VALUES ('\xc42856939ba2235af91de6e56c272ae80bba5b91676080930be3a067cbf435ec', 'admin', '2026-11-30 16:21:59.257572+00', '2026-12-10 16:21:59+00');
INSERT INTO public.auth_tokens (auth_token_id, label, token_hash, tier_id, created_at, revoked_at) OVERRIDING SYSTEM VALUE VALUES ('1', 'web-servers', '\x186815c2d5e33999ef8daabcd8ac6c0b96de74810a264839255d0efee364eaff', '4', '2026-11-30 16:22:02.995588+00', NULL);
INSERT INTO public.auth_tokens (auth_token_id, label, token_hash, tier_id, created_at, revoked_at) OVERRIDING SYSTEM VALUE VALUES ('2', 'test-hosts', '\xecc6c3d64b33d6e5e10298186abf130abf88d276cc47e6e0fe82909c5366a213', '1', '2026-11-30 16:22:04.333199+00', NULL);
INSERT INTO public.auth_tokens (auth_token_id, label, token_hash, tier_id, created_at, revoked_at) OVERRIDING SYSTEM VALUE VALUES ('3', 'old-hosts', '\x85b51fc283b6e88204f4c7269dfc5d4d4e9d64b73e4632d43935701c4d4bd8dc', '1', '2026-11-30 16:22:05.858077+00', '2026-11-30 16:22:08.695802+00');
INSERT INTO public.catalog_revision (singleton, revision) VALUES ('t', '11');
INSERT INTO public.flyway_schema_history (installed_rank, version, description, type, script, checksum, installed_by, installed_on, execution_time, success) VALUES ('1', '1', 'baseline', 'SQL', 'V1__baseline.sql', '-1074426261', 'livepatch_owner', '2026-11-30 16:21:47.405942', '65', 't');
INSERT INTO public.flyway_schema_history (installed_rank, version, description, type, script, checksum, installed_by, installed_on, execution_time, success) VALUES ('2', '2', 'patch stores', 'SQL', 'V2__patch_stores.sql', '1312219830', 'livepatch_owner', '2026-11-30 16:21:47.513416', '19', 't');
INSERT INTO public.machine_reports (machine_id, kernel, architecture, client_version, cpu_model, boot_time, uptime, patch_version, patch_state, seen_at) VALUES ('m-web-1', '5.15.0-107.117-generic', 'amd64', '10.8', NULL, '2026-11-30 14:20:00+00', '7200', NULL, NULL, '2026-11-30 16:22:08.826074+00');
INSERT INTO public.machine_reports (machine_id, kernel, architecture, client_version, cpu_model, boot_time, uptime, patch_version, patch_state, seen_at) VALUES ('m-clock-ahead', '5.15.0-107.117-generic', 'amd64', '10.8', NULL, '2026-11-30 14:20:00+00', '7200', NULL, NULL, '2028-01-04 16:22:09.250876+00');
INSERT INTO public.machines (machine_id, token_hash, token_nonce, auth_token_id, tier_id, kernel, architecture, enrolled_at) VALUES ('m-web-1', '\xe70cc8b58d23492c3e567e85da3ea671c085d1579131e373f1160cbb3a282af8', '\x47f9acc41cb497a07b5bd593ab65c56c', '1', '4', '5.15.0-107.117-generic', 'amd64', '2026-11-30 16:22:08.765357+00');
INSERT INTO public.machines (machine_id, token_hash, token_nonce, auth_token_id, tier_id, kernel, architecture, enrolled_at) VALUES ('m-web-2', '\x287718483f2425c9982536299cbbca65acf490472d44a4b8ab59733411ef3895', '\xea395fa2433629936513cc5e780b83eb', '1', '4', '5.15.0-107.117-generic', 'amd64', '2026-11-30 16:22:08.916555+00');
INSERT INTO public.machines (machine_id, token_hash, token_nonce, auth_token_id, tier_id, kernel, architecture, enrolled_at) VALUES ('m-clock-ahead', '\xf4bcfd22a0bdf002e8c5f0cb21534fb805483d59e46d1de34ead3c980c9cde93', '\x590f54e2004059d5f154b5de6d7eba73', '1', '4', '5.15.0-107.117-generic', 'amd64', '2026-11-30 16:22:08.951493+00');
INSERT INTO public.patch_store (singleton, type, moved_from, unit, since) VALUES ('t', 'filesystem', NULL, 'livepatch/0', '2026-11-30 16:21:49.289671+00');
INSERT INTO public.patches (patch_id, filename, kernel, architecture, version, sha256, size, added_at, blocked_at, block_reason) OVERRIDING SYSTEM VALUE VALUES ('1', 'livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2', '5.15.0-107.117-generic', 'amd64', '107.1', '\x404f1f01bda3516fc021fb5f15a04a979dd564251e12594442d80d5d8a1fc93d', '600', '2026-11-30 16:22:01.255033+00', NULL, NULL);
INSERT INTO public.patches (patch_id, filename, kernel, architecture, version, sha256, size, added_at, blocked_at, block_reason) OVERRIDING SYSTEM VALUE VALUES ('2', 'livepatch-5.15.0-107.117-generic-107.10-amd64.tar.bz2', '5.15.0-107.117-generic', 'amd64', '107.10', '\x6850bdeb19b7469276e2cd3fcf62c5889094ce8584895f5eb27ac8a52f8cd41e', '600', '2026-11-30 16:22:01.445803+00', NULL, NULL);
INSERT INTO public.patches (patch_id, filename, kernel, architecture, version, sha256, size, added_at, blocked_at, block_reason) OVERRIDING SYSTEM VALUE VALUES ('3', 'livepatch-5.15.0-91.101-generic-91.1-amd64.tar.bz2', '5.15.0-91.101-generic', 'amd64', '91.1', '\xd9b2875c7cec34032ac09d17c08c0cb14373819f073e0ff876830ee83a080f08', '600', '2026-11-30 16:22:01.531475+00', '2026-11-30 16:22:07.960894+00', 'causes soft lockups');
INSERT INTO public.signing_keys (key_id, secret, created_at) OVERRIDING SYSTEM VALUE VALUES ('1', '\x75988c64ab857f8a70a1256415f1fdf7b8312285a1d257ff8632b5ffd1b07dc7', '2026-11-30 16:21:49.675494+00');
INSERT INTO public.tier_patches (tier_id, patch_id, promoted_at) VALUES ('1', '1', '2026-11-30 16:22:01.264639+00');
INSERT INTO public.tier_patches (tier_id, patch_id, promoted_at) VALUES ('1', '2', '2026-11-30 16:22:01.449387+00');
INSERT INTO public.tier_patches (tier_id, patch_id, promoted_at) VALUES ('1', '3', '2026-11-30 16:22:01.532685+00');
INSERT INTO public.tier_patches (tier_id, patch_id, promoted_at) VALUES ('4', '1', '2026-11-30 16:22:07.121873+00');
INSERT INTO public.tiers (tier_id, name, "position") OVERRIDING SYSTEM VALUE VALUES ('1', 'edge', '0');
INSERT INTO public.tiers (tier_id, name, "position") OVERRIDING SYSTEM VALUE VALUES ('2', 'beta', '1');
INSERT INTO public.tiers (tier_id, name, "position") OVERRIDING SYSTEM VALUE VALUES ('3', 'candidate', '2');
INSERT INTO public.tiers (tier_id, name, "position") OVERRIDING SYSTEM VALUE VALUES ('4', 'stable', '3');
SELECT pg_catalog.setval('public.auth_tokens_auth_token_id_seq', 3, true);
SELECT pg_catalog.setval('public.patches_patch_id_seq', 3, true);
SELECT pg_catalog.setval('public.signing_keys_key_id_seq', 1, true);
SELECT pg_catalog.setval('public.tiers_tier_id_seq', 4, true);
ALTER TABLE ONLY public.admin_sessions
    ADD CONSTRAINT admin_sessions_pkey PRIMARY KEY (token_hash);
ALTER TABLE ONLY public.auth_tokens
    ADD CONSTRAINT auth_tokens_label_key UNIQUE (label);
ALTER TABLE ONLY public.auth_tokens
    ADD CONSTRAINT auth_tokens_pkey PRIMARY KEY (auth_token_id);
ALTER TABLE ONLY public.auth_tokens
    ADD CONSTRAINT auth_tokens_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY public.catalog_revision
    ADD CONSTRAINT catalog_revision_pkey PRIMARY KEY (singleton);
ALTER TABLE ONLY public.flyway_schema_history
    ADD CONSTRAINT flyway_schema_history_pk PRIMARY KEY (installed_rank);
ALTER TABLE ONLY public.machine_reports
    ADD CONSTRAINT machine_reports_pkey PRIMARY KEY (machine_id);
ALTER TABLE ONLY public.machines
    ADD CONSTRAINT machines_pkey PRIMARY KEY (machine_id);
ALTER TABLE ONLY public.machines
    ADD CONSTRAINT machines_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY public.patch_copies
    ADD CONSTRAINT patch_copies_pkey PRIMARY KEY (patch_id, store);
ALTER TABLE ONLY public.patch_store
    ADD CONSTRAINT patch_store_pkey PRIMARY KEY (singleton);
ALTER TABLE ONLY public.patches
    ADD CONSTRAINT patches_filename_key UNIQUE (filename);
ALTER TABLE ONLY public.patches
    ADD CONSTRAINT patches_pkey PRIMARY KEY (patch_id);
ALTER TABLE ONLY public.signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (key_id);
ALTER TABLE ONLY public.tier_patches
    ADD CONSTRAINT tier_patches_pkey PRIMARY KEY (tier_id, patch_id);
ALTER TABLE ONLY public.tiers
    ADD CONSTRAINT tiers_name_key UNIQUE (name);
ALTER TABLE ONLY public.tiers
    ADD CONSTRAINT tiers_pkey PRIMARY KEY (tier_id);
ALTER TABLE ONLY public.tiers
    ADD CONSTRAINT tiers_position_key UNIQUE ("position") DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX auth_tokens_tier ON public.auth_tokens USING btree (tier_id);
CREATE INDEX flyway_schema_history_s_idx ON public.flyway_schema_history USING btree (success);
CREATE INDEX machines_auth_token ON public.machines USING btree (auth_token_id);
CREATE INDEX machines_tier ON public.machines USING btree (tier_id);
CREATE INDEX patch_copies_verified ON public.patch_copies USING btree (store, verified_at);
CREATE INDEX patches_version ON public.patches USING btree (version);
CREATE INDEX tier_patches_patch ON public.tier_patches USING btree (patch_id);
CREATE TRIGGER machines_token_changed AFTER DELETE OR UPDATE OF token_hash, tier_id ON public.machines FOR EACH ROW EXECUTE FUNCTION public.machine_token_changed();
CREATE TRIGGER patch_copies_changed AFTER UPDATE OF rotten ON public.patch_copies FOR EACH ROW WHEN ((old.rotten IS DISTINCT FROM new.rotten)) EXECUTE FUNCTION public.catalog_changed();
CREATE TRIGGER patch_copies_rotten AFTER INSERT ON public.patch_copies FOR EACH ROW WHEN ((new.rotten IS NOT NULL)) EXECUTE FUNCTION public.catalog_changed();
CREATE TRIGGER patch_store_changed AFTER INSERT OR DELETE OR UPDATE ON public.patch_store FOR EACH STATEMENT EXECUTE FUNCTION public.catalog_changed();
CREATE TRIGGER patches_changed AFTER INSERT OR DELETE OR UPDATE ON public.patches FOR EACH STATEMENT EXECUTE FUNCTION public.catalog_changed();
CREATE TRIGGER tier_patches_changed AFTER INSERT OR DELETE OR UPDATE ON public.tier_patches FOR EACH STATEMENT EXECUTE FUNCTION public.catalog_changed();
CREATE TRIGGER tiers_changed AFTER INSERT OR DELETE OR UPDATE ON public.tiers FOR EACH STATEMENT EXECUTE FUNCTION public.catalog_changed();
ALTER TABLE ONLY public.auth_tokens
    ADD CONSTRAINT auth_tokens_tier_id_fkey FOREIGN KEY (tier_id) REFERENCES public.tiers(tier_id);
ALTER TABLE ONLY public.machine_reports
    ADD CONSTRAINT machine_reports_machine_id_fkey FOREIGN KEY (machine_id) REFERENCES public.machines(machine_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.machines
    ADD CONSTRAINT machines_auth_token_id_fkey FOREIGN KEY (auth_token_id) REFERENCES public.auth_tokens(auth_token_id);
ALTER TABLE ONLY public.machines
    ADD CONSTRAINT machines_tier_id_fkey FOREIGN KEY (tier_id) REFERENCES public.tiers(tier_id);
ALTER TABLE ONLY public.patch_copies
    ADD CONSTRAINT patch_copies_patch_id_fkey FOREIGN KEY (patch_id) REFERENCES public.patches(patch_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.tier_patches
    ADD CONSTRAINT tier_patches_patch_id_fkey FOREIGN KEY (patch_id) REFERENCES public.patches(patch_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.tier_patches
    ADD CONSTRAINT tier_patches_tier_id_fkey FOREIGN KEY (tier_id) REFERENCES public.tiers(tier_id) ON DELETE CASCADE;
