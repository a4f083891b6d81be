package io.livepatch.server;

import io.livepatch.server.ServerAssembly.Base;
import io.livepatch.server.ServerAssembly.Clients;
import io.livepatch.server.ServerAssembly.Storage;
import io.livepatch.server.config.Dsn;
import io.livepatch.server.config.UnitConfig;
import io.livepatch.server.database.DatabaseProbe;
import io.livepatch.server.http.HttpServer;
import io.livepatch.server.placement.StoreFactory;
import io.livepatch.server.schema.Schema;
import io.livepatch.server.schema.SchemaException;
import io.livepatch.server.schema.SchemaStatus;
import io.livepatch.storage.StoreType;
import java.util.Optional;

/** Applies the live options, those with {@code live = true} in their declarations, to a running unit. */
record LiveSettings(Base base, Storage storage, Clients clients, HttpServer http) implements ConfigReloader.Target {
    /**
     * A database that cannot be used, while the one in use can. After a restart with such a connection string the unit would not be ready,
     * and its supervisor would keep the old process; so must this one.
     */
    @Override
    public Optional<String> obstacle(UnitConfig next) {
        Dsn catalog = next.database().dsn();
        boolean works = clients.probe().last().isEmpty();
        if (works && !catalog.equals(base.database().dsn())) {
            Optional<String> problem = unusable(catalog).or(() -> schemaProblem(catalog));
            if (problem.isPresent()) {
                return problem;
            }
        }
        Dsn patches = StoreFactory.patchDatabase(next);
        boolean patchesMove = storage.stores().activeType() == StoreType.POSTGRES
                && !patches.equals(catalog)
                && !storage.factory().databaseInUse().equals(Optional.of(patches));
        return patchesMove && storage.stores().health().ok() ? unusable(patches) : Optional.empty();
    }

    private static Optional<String> unusable(Dsn dsn) {
        return DatabaseProbe.check(dsn).map(fault -> "the database " + dsn + " cannot be used: " + fault.text());
    }

    private static Optional<String> schemaProblem(Dsn dsn) {
        try {
            SchemaStatus status = new Schema(dsn).status();
            return status.current() ? Optional.empty() : Optional.of(Checks.unusable(status));
        } catch (SchemaException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void apply(UnitConfig next) {
        boolean moves = !next.database().dsn().equals(base.database().dsn());
        base.database().switchTo(next.database());
        if (moves) {
            base.events().reconnect();
        }
        storage.factory().changeDatabase(next);
        http.changeLimits(ListenerBinding.of(next.server()));
        Main.logLevel(next.server().logLevel());
    }
}
