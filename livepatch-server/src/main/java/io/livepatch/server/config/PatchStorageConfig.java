package io.livepatch.server.config;

import io.livepatch.common.config.Checked;
import io.livepatch.common.config.DataSize;
import io.livepatch.common.config.Option;
import io.livepatch.common.config.Secret;
import io.livepatch.storage.StorageConfig;
import io.livepatch.storage.StoreType;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Section {@code patch-storage}. It may describe several stores, so that patches can be moved from one to another; {@code type} is the
 * configured store.
 *
 * @param postgres the database of the PostgreSQL store; empty for the catalog's database
 * @param s3 empty without a bucket: Canonical's charm writes the other options of S3 for every type
 */
public record PatchStorageConfig(
        @Option(
                value = "`filesystem`: a directory of a single unit; `postgres` or `s3`: shared by any number of units",
                byDefault = "filesystem")
        StoreType type,

        @Option(
                value = "the directory of the filesystem store; a lock file in it names the unit that uses it",
                byDefault = "/var/lib/livepatch/patches",
                pattern = ABSOLUTE,
                expected = "an absolute path")
        Path filesystemPath,

        @Option(
                value =
                        "a separate database for patches, in the syntax of `database.connection-string`; if absent, patches are"
                                + " stored in that database",
                key = "postgres-connection-string",
                live = true,
                secret = true,
                expected = Dsn.FORM)
        Optional<Dsn> postgres,

        @Option(value = "the bucket", inline = true) Optional<S3Config> s3,

        @Option(
                value = "the interval in which each patch is read again and compared with its checksum",
                byDefault = "168h",
                min = "1m",
                max = "8760h",
                example = "168h",
                zero = "never")
        Duration scrubInterval,

        @Option(
                value = "the maximum number of bytes per second that each process reads for these checks",
                byDefault = "4MiB",
                min = "1KiB",
                max = "1GiB",
                example = "4MiB")
        DataSize scrubRate)
        implements Checked {
    /** The pattern of an absolute path. */
    static final String ABSOLUTE = "(?s)/.*";

    public PatchStorageConfig {
        filesystemPath = filesystemPath.normalize();
        s3 = s3.filter(it -> it.bucket().isPresent());
    }

    @Override
    public void check(Notes notes) {
        if (type == StoreType.S3 && s3.isEmpty()) {
            notes.missing("s3-bucket", "since patch-storage.type is s3");
        }
    }

    /** The options {@code patch-storage.s3-…}. */
    public record S3Config(
            @Option(
                    value = "the server, if it is not AWS; `s3-secure` applies if the URL has no scheme",
                    key = "s3-endpoint",
                    expected = "a URL such as https://s3.example.com:9000, or host:port")
            Optional<Endpoint> endpoint,

            @Option(value = "whether an endpoint without a scheme uses TLS", key = "s3-secure", byDefault = "true")
            boolean secure,

            @Option(
                    value = "the region of the bucket",
                    key = "s3-region",
                    byDefault = "us-east-1",
                    pattern = WORD,
                    expected = "a region such as us-east-1")
            String region,

            // Amazon's rules, and the longer and upper-case names that some servers allow.
            @Option(
                    value = "the name of the bucket; required with `type: s3`",
                    key = "s3-bucket",
                    pattern = "[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]",
                    expected = "the name of a bucket that exists: 3 to 255 letters, digits, '.', '_' and '-'")
            Optional<String> bucket,

            @Option(
                    value = "the prefix of all object keys",
                    key = "s3-prefix",
                    pattern = "[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*/?",
                    expected = "letters, digits, '.', '_', '-' and '/', such as livepatch/")
            Optional<String> prefix,

            @Option(
                    value =
                            "whether URLs are `https://host/bucket/key` instead of `https://bucket.host/key`, as most servers other"
                                    + " than AWS require; default: true with an endpoint, otherwise false",
                    key = "s3-path-style")
            Optional<Boolean> pathStyle,

            @Option(
                    value = "PEM certificates that are trusted instead of the system's",
                    key = "s3-ca-file",
                    pattern = PatchStorageConfig.ABSOLUTE,
                    expected = "the absolute path of a PEM file")
            Optional<Path> caFile,

            @Option(
                    value =
                            "the access key; without keys, AWS's default credentials are used (environment, profile or instance"
                                    + " role)",
                    key = "s3-access-key",
                    pattern = WORD,
                    expected = "an access key of up to 512 visible ASCII characters")
            Optional<Secret> accessKey,

            @Option(
                    value = "the secret of the access key",
                    key = "s3-secret-key",
                    pattern = WORD,
                    expected = "a secret key of up to 512 visible ASCII characters")
            Optional<Secret> secretKey)
            implements Checked {
        /** Visible ASCII characters. */
        static final String WORD = "[\\x21-\\x7e]{1,512}";

        public S3Config {
            prefix = prefix.map(text -> text.endsWith("/") ? text : text + "/");
            caFile = caFile.map(Path::normalize);
        }

        @Override
        public void check(Notes notes) {
            if (bucket.isPresent() && accessKey.isPresent() != secretKey.isPresent()) {
                String given = accessKey.isPresent() ? "s3-access-key" : "s3-secret-key";
                notes.missing(
                        accessKey.isPresent() ? "s3-secret-key" : "s3-access-key",
                        "though patch-storage." + given + " is given");
            }
        }

        /** The endpoint with its scheme; empty for AWS. */
        public Optional<URI> url() {
            return endpoint.map(it -> it.url(secure));
        }

        /** Empty to use the default credentials of AWS's programs. */
        public Optional<StorageConfig.S3.Keys> keys() {
            return accessKey.map(access -> new StorageConfig.S3.Keys(
                    access.reveal(), secretKey.orElseThrow().reveal()));
        }

        /**
         * The configuration of the store.
         *
         * @param spool the directory of patches during their upload to it
         */
        public StorageConfig.S3 store(Path spool) {
            return new StorageConfig.S3(
                    url(),
                    region,
                    bucket.orElseThrow(),
                    prefix.orElse(""),
                    pathStyle.orElse(endpoint.isPresent()),
                    keys(),
                    caFile,
                    spool);
        }

        /** A server by its URL, or by its host and port. */
        public record Endpoint(String text) {
            private static final Pattern FORM = Pattern.compile(
                    "(?i:https?://)?([A-Za-z0-9][A-Za-z0-9.-]{0,252}|\\[[0-9a-fA-F:.]+])(:\\d{1,5})?/?");

            public Endpoint {
                if (!FORM.matcher(text).matches()) {
                    throw new IllegalArgumentException("is not a URL without a path, nor host:port");
                }
                if (!UrlTemplate.hasHostAndPort(withScheme(text, "https://"))) {
                    throw new IllegalArgumentException("has no valid host, or a port outside 1 to 65535");
                }
            }

            private static String withScheme(String text, String scheme) {
                return text.contains("://") ? text : scheme + text;
            }

            private URI url(boolean secure) {
                String url = withScheme(text, secure ? "https://" : "http://");
                return URI.create(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
            }
        }
    }
}
