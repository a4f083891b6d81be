package io.livepatch.charm.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What {@code Unit.services()} takes and gives, which will be sent to a program that runs the processes. */
class ServiceValuesTest {
    private static final Set<Type> SCALARS = Set.of(
            String.class,
            int.class,
            boolean.class,
            Path.class,
            Duration.class,
            Instant.class,
            InetSocketAddress.class,
            Integer.class,
            OptionalInt.class,
            OptionalLong.class);
    private static final Set<Type> CONTAINERS = Set.of(Optional.class, List.class, Map.class, Set.class);

    private final Set<Type> seen = new HashSet<>();

    @Test
    void specsAndStatesAreRecordsOfPlainValues() {
        requirePlain(ServiceSpec.class);
        requirePlain(ServiceState.class);

        assertThat(seen)
                .contains(
                        ServiceCheck.Probe.Responsive.class,
                        ServiceSpec.WorkerPool.Entrance.Proxy.class,
                        ServiceState.End.class);
    }

    private void requirePlain(Type type) {
        if (SCALARS.contains(type) || !seen.add(type)) {
            return;
        }
        if (type instanceof ParameterizedType generic) {
            assertThat(generic.getRawType()).isIn(CONTAINERS);
            List.of(generic.getActualTypeArguments()).forEach(this::requirePlain);
            return;
        }
        Class<?> plain = (Class<?>) type;
        assertThat(plain.getPackageName()).as("package of %s", plain).isEqualTo(ServiceSpec.class.getPackageName());
        if (plain.isSealed()) {
            List.of(plain.getPermittedSubclasses()).forEach(this::requirePlain);
        } else if (!plain.isEnum()) {
            assertThat(plain).isRecord();
            for (RecordComponent component : plain.getRecordComponents()) {
                requirePlain(component.getGenericType());
            }
        }
    }

    @Test
    void aSignalNeedsAReadinessCheckThatTellsWhenItIsHandled() {
        ServiceSpec.Builder spec =
                ServiceSpec.of("web", Path.of("/srv"), List.of("web")).reload(new ServiceSpec.Reload("HUP", "1"));

        assertThatThrownBy(spec::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("service 'web' is reloaded by a signal, and needs a readiness check");
    }
}
