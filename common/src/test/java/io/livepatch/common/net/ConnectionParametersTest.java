package io.livepatch.common.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each parameter of libpq (PostgreSQL manual, 34.1.2) is applied, has no effect, or is refused with an alternative. */
final class ConnectionParametersTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sslmode=require | sslmode=require",
                "sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem | sslmode=verify-full,sslrootcert=/etc/ca.pem",
                "sslcert=/c.pem&sslkey=/k.pem&sslpassword=x | sslcert=/c.pem,sslkey=/k.pem,sslpassword=x",
                "sslnegotiation=direct&sslmode=require | sslNegotiation=direct,sslmode=require",
                "requiressl=1 | sslmode=require",
                "requiressl=0 | sslmode=prefer",
                "connect_timeout=5 | connectTimeout=5",
                "connect_timeout=0 | connectTimeout=0",
                "connect_timeout=-1 | connectTimeout=0",
                "application_name=unit+one | ApplicationName=unit+one",
                "fallback_application_name=a&application_name=b | ApplicationName=b",
                "fallback_application_name=a | ApplicationName=a",
                "target_session_attrs=any | targetServerType=any",
                "target_session_attrs=read-write | targetServerType=primary",
                "target_session_attrs=prefer-standby | targetServerType=preferSecondary",
                "keepalives=0 | tcpKeepAlive=false",
                "load_balance_hosts=random | loadBalanceHosts=true",
                "gssencmode=disable&channel_binding=require | channelBinding=require,gssEncMode=disable",
                "gsslib=gssapi&krbsrvname=pg | gsslib=gssapi,kerberosServerName=pg",
                "require_auth=scram-sha-256,md5 | requireAuth=scram-sha-256,md5",
                "require_auth=!password | requireAuth=!password",
                "options=-c%20statement_timeout%3D5s | options=-c statement_timeout=5s",
                "socketTimeout=20&reWriteBatchedInserts=true | reWriteBatchedInserts=true,socketTimeout=20",
                "'' | ''",
            })
    void parametersAreTranslatedIntoThoseOfTheDriver(String query, String properties) {
        assertThat(properties(query)).isEqualTo(properties);
    }

    private static String properties(String query) {
        return new TreeMap<>(ConnectionParameters.parse(query))
                .entrySet().stream().map(Object::toString).collect(Collectors.joining(","));
    }

    /** The driver has no names for these: sockets are made with them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "keepalives_idle=60&keepalives_interval=10&keepalives_count=5 | count=5,idle=60,interval=10 | true",
                "keepalives=1&keepalives_idle=60 | idle=60 | true",
                "keepalives=0&keepalives_idle=60 | idle=60 | false",
                "keepalives_idle=60&keepalives_count=0 | idle=60 | true",
            })
    void timesOfKeepalivesAreGivenToTheSockets(String query, String argument, String keepalives) {
        assertThat(ConnectionParameters.parse(query))
                .containsOnly(
                        Map.entry("socketFactory", KeepaliveSocketFactory.class.getName()),
                        Map.entry("socketFactoryArg", argument),
                        Map.entry("tcpKeepAlive", keepalives));
    }

    /** libpq verifies the certificate if a root certificate is configured; the driver does so only for 'verify-ca'. */
    @Test
    void rootCertificateIsComparedWhenEncryptionIsRequired() {
        assertThat(properties("sslmode=require&sslrootcert=/ca.pem"))
                .isEqualTo("sslmode=verify-ca,sslrootcert=/ca.pem");
        assertThat(properties("requiressl=1&sslrootcert=/ca.pem")).isEqualTo("sslmode=verify-ca,sslrootcert=/ca.pem");
        assertThat(properties("sslmode=prefer&sslrootcert=/ca.pem")).isEqualTo("sslmode=prefer,sslrootcert=/ca.pem");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "client_encoding=UTF8",
                "client_encoding=auto",
                "gssdelegation=0",
                "keepalives_idle=0&keepalives_interval=0&keepalives_count=0",
                "max_protocol_version=latest",
                "min_protocol_version=3.0",
                "replication=false",
                "requirepeer=postgres",
                "sslcertmode=allow",
                "sslcompression=0",
                "sslsni=1",
                "ssl_max_protocol_version=TLSv1.3",
                "ssl_min_protocol_version=TLSv1.2",
                "tcp_user_timeout=0",
            })
    void parametersThatTheDriverAlwaysAppliesAreAcceptedAndNotPassedOn(String query) {
        assertThat(properties(query)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "client_encoding=latin1 | client_encoding | UTF8",
                "gssdelegation=1 | gssdelegation | leave it out",
                "max_protocol_version=2.0 | max_protocol_version | protocol 3.0",
                "min_protocol_version=3.2 | min_protocol_version | protocol 3.0",
                "oauth_issuer=https://x&oauth_client_id=y | oauth_issuer | password",
                "passfile=/etc/pgpass | passfile | before the '@'",
                "replication=database | replication | leave it out",
                "scram_client_key=x | scram_client_key | before the '@'",
                "service=main | service | into the connection string",
                "servicefile=/etc/services | servicefile | into the connection string",
                "sslcertmode=require | sslcertmode | sslcert",
                "sslcompression=1 | sslcompression | leave it out",
                "sslcrl=/crl.pem | sslcrl | -Dcom.sun.net.ssl.checkRevocation=true",
                "sslcrldir=/crls | sslcrldir | -Dcom.sun.net.ssl.checkRevocation=true",
                "sslkeylogfile=/keys | sslkeylogfile | leave it out",
                "sslsni=0 | sslsni | leave it out",
                "sslrootcert=system | sslrootcert | a PEM file",
                "ssl_max_protocol_version=TLSv1.2 | ssl_max_protocol_version | -Djdk.tls.client.protocols=",
                "ssl_min_protocol_version=TLSv1.3 | ssl_min_protocol_version | -Djdk.tls.client.protocols=",
                "tcp_user_timeout=10000 | tcp_user_timeout | socketTimeout",
                "password=hunter2 | password | before the '?'",
                "host=/run/postgresql | host | before the '?'",
                "hostaddr=10.0.0.1 | hostaddr | before the '?'",
            })
    void unsupportedParametersAreRefusedWithAnAlternative(String query, String name, String instead) {
        assertThatThrownBy(() -> ConnectionParameters.parse(query))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + name + "'")
                .hasMessageContaining(instead)
                .hasMessageNotContaining("hunter2");
    }

    /** As in libpq (PostgreSQL manual, 34.1.1.2): a dropped parameter might be the one that requires encryption. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ssl_mode=require | unknown parameter 'ssl_mode', did you mean 'sslmode'?",
                "SSLMODE=require | unknown parameter 'SSLMODE', did you mean 'sslmode'?",
                "keepalive_idle=5 | unknown parameter 'keepalive_idle', did you mean 'keepalives_idle'?",
                "tcp_user_timeot=5 | unknown parameter 'tcp_user_timeot', did you mean 'tcp_user_timeout'?",
                "frobnicate=hunter2 | unknown parameter 'frobnicate'",
                "sslmode=requir | value for 'sslmode' that is not known, did you mean 'require'?",
                "sslmode= | value for 'sslmode' that is not known",
                "sslmode | parameter 'sslmode' without '='",
                "sslmode=require&sslmode=disable | parameter 'sslmode' twice",
                "requiressl=1&sslmode=disable | parameter 'requiressl' besides 'sslmode'",
                "connect_timeout=hunter2 | value for 'connect_timeout' that is not a whole number",
                "connectTimeout=-1 | value for 'connectTimeout' that is not a whole number",
                "tcpKeepAlive=hunter2 | value for 'tcpKeepAlive' that is not known",
                "keepalives=yes | value for 'keepalives' that is not known; it takes 0, 1",
                "keepalives_idle=hunter2 | value for 'keepalives_idle' that is not a whole number from 0 to 32767",
                "keepalives_interval=32768 | value for 'keepalives_interval' that is not a whole number from 0 to 32767",
                "keepalives_count=128 | value for 'keepalives_count' that is not a whole number from 0 to 127",
                "keepalives_idle=5&socketFactory=a.B | parameter 'keepalives_idle' besides 'socketFactory'",
                "target_session_attrs=primry | value for 'target_session_attrs' that is not known, did you mean 'primary'?",
                "hunter2%zz=x | a parameter that is not percent-encoded",
                "a hunter2=1 | a parameter whose name is not 1 to 40 letters",
            })
    void unknownParametersAndValuesAreRefused(String query, String problem) {
        assertThatThrownBy(() -> ConnectionParameters.parse(query))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(problem)
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void allProblemsAreReportedAtOnce() {
        assertThatThrownBy(() -> ConnectionParameters.parse("sslmode=requir&x=1&sslcrl=/c"))
                .hasMessageContaining("'sslmode'")
                .hasMessageContaining("'x'")
                .hasMessageContaining("'sslcrl'");
    }
}
