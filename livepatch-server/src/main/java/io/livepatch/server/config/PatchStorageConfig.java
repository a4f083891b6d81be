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
                value = "`filesystem`: a directory, for one unit; `postgres` or `s3`: for any number of units",
                byDefault = "filesystem")
        StoreType type,

        @Option(
                value = "locked in the name of the unit",
                byDefault = "/var/lib/livepatch/patches",
                pattern = ABSOLUTE,
                expected = "an absolute path")
        Path filesystemPath,

        @Option(
                value =
                        "a database for patches alone, written like that of the catalog; without it, they are in that of"
                                + " `database.connection-string`",
                key = "postgres-connection-string",
                live = true,
                secret = true,
                expected = Dsn.FORM)
        Optional<Dsn> postgres,

        @Option(value = "the bucket", inline = true) Optional<S3Config> s3,

        @Option(
                value = "how long until each patch was read again and compared with its checksum",
                byDefault = "168h",
                min = "1m",
                max = "8760h",
                example = "168h",
                zero = "never")
        Duration scrubInterval,

        @Option(
                value = "maximum of bytes read per second, in each process",
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
                    value = "another server than AWS; one without a scheme is reached as `s3-secure` says",
                    key = "s3-endpoint",
                    expected = "a URL such as https://s3.example.com:9000, or host:port")
            Optional<Endpoint> endpoint,

            @Option(value = "TLS, for an endpoint without a scheme", key = "s3-secure", byDefault = "true")
            boolean secure,

            @Option(
                    value = "of the bucket",
                    key = "s3-region",
                    byDefault = "us-east-1",
                    pattern = WORD,
                    expected = "a region such as us-east-1")
            String region,

            // Amazon's rules, and the longer and upper-case names that some servers allow.
            @Option(
                    value = "required with `type: s3`",
                    key = "s3-bucket",
                    pattern = "[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]",
                    expected = "the name of a bucket that exists: 3 to 255 letters, digits, '.', '_' and '-'")
            Optional<String> bucket,

            @Option(
                    value = "prefix of all keys",
                    key = "s3-prefix",
                    pattern = "[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*/?",
                    expected = "letters, digits, '.', '_', '-' and '/', such as livepatch/")
            Optional<String> prefix,

            @Option(
                    value =
                            "`https://host/bucket/key` instead of `https://bucket.host/key`; what servers other than AWS mostly want,"
                                    + " and the default with an endpoint",
                    key = "s3-path-style")
            Optional<Boolean> pathStyle,

            @Option(
                    value = "PEM certificates to trust instead of the system's",
                    key = "s3-ca-file",
                    pattern = PatchStorageConfig.ABSOLUTE,
                    expected = "the absolute path of a PEM file")
            Optional<Path> caFile,

            @Option(
                    value =
                            "without both keys: the environment, profile or instance role, as AWS's own programs look for keys",
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
