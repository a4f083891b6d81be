package io.livepatch.server.patch.inspect;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Architecture;
import io.livepatch.storage.PatchName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The result of inspecting a patch.
 *
 * @param refusal why the bytes are no patch
 * @param unusual why machines that the name selects probably cannot use the patch
 */
public record Inspection(@JsonIgnore Optional<String> refusal, List<KernelModule> modules, List<String> unusual) {
    public Inspection {
        modules = List.copyOf(modules);
        unusual = List.copyOf(unusual);
    }

    static Inspection of(PatchName name, List<KernelModule> modules) {
        return modules.isEmpty()
                ? refused("the tar holds no kernel module, no file whose name ends in .ko")
                : new Inspection(Optional.empty(), modules, Expectation.of(name).differences(modules));
    }

    static Inspection refused(String why) {
        return new Inspection(Optional.of(why), List.of(), List.of(why));
    }

    /** Why the patch may not be added; {@code force} allows an unusual one. */
    public Optional<ProblemException> problem(PatchName name, boolean force) {
        if (refusal.isPresent()) {
            return Optional.of(new ProblemException.PatchRefused("'" + name + "' is no patch: " + refusal.get()
                    + "; expected a tar, compressed with bzip2, with one kernel module (.ko)"));
        }
        return unusual.isEmpty() || force
                ? Optional.empty()
                : Optional.of(
                        new ProblemException.PatchRefused("'" + name + "' is unusual: " + String.join("; ", unusual)
                                + ". To add it nevertheless, send 'force=true' (livepatch-admin patch add --force)"));
    }

    /**
     * The properties of the module that the name of the patch implies.
     *
     * @param releases possible outputs of {@code uname -r}
     * @param machine empty for an unknown architecture
     */
    record Expectation(Set<String> releases, Architecture architecture, Optional<ElfMachine> machine) {
        /**
         * Ubuntu's {@code 5.15.0-107.117-generic} is printed without the number of the upload, {@code 5.15.0-107-generic}. SUSE's
         * {@code 5.14.21-150500.55.7-default} looks the same and is printed whole, so both are expected.
         */
        private static final Pattern WITH_UPLOAD =
                Pattern.compile("(?<abi>\\d+(?:\\.\\d+)*-\\d+)\\.[^-]+-(?<flavour>.+)");

        static Expectation of(PatchName name) {
            String kernel = name.kernel().text();
            Matcher matcher = WITH_UPLOAD.matcher(kernel);
            Set<String> releases = matcher.matches()
                    ? Set.of(kernel, matcher.group("abi") + "-" + matcher.group("flavour"))
                    : Set.of(kernel);
            return new Expectation(releases, name.architecture(), ElfMachine.of(name.architecture()));
        }

        List<String> differences(List<KernelModule> modules) {
            List<String> found = new ArrayList<>();
            if (modules.size() > 1) {
                found.add("it has " + modules.size() + " kernel modules and not one");
            }
            if (machine.isEmpty()) {
                found.add("no processor is known for architecture '" + architecture
                        + "', so that of the module is not checked");
            }
            modules.forEach(module -> compare(module, found));
            return found;
        }

        private void compare(KernelModule module, List<String> found) {
            String file = "'" + module.file() + "'";
            if (machine.isPresent() && !machine.get().toString().equals(module.architecture())) {
                found.add(file + " is for " + module.architecture() + " and not for " + architecture);
            }
            if (module.kernel().isEmpty()) {
                found.add(file + " does not say for which kernel it is (no vermagic)");
            } else if (!releases.contains(module.kernel().get())) {
                String expected =
                        releases.stream().sorted().map(one -> "'" + one + "'").collect(Collectors.joining(" or "));
                found.add(file + " is for kernel '" + module.kernel().get() + "' (vermagic) and not for " + expected);
            }
            if (!module.livepatch()) {
                found.add(file + " is no live patch (no livepatch=Y)");
            }
        }
    }

    /**
     * The metadata of a kernel module.
     *
     * @param file its path in the archive
     * @param kernel the first word of {@code vermagic}: its kernel release as {@code uname -r} prints it
     * @param vermagic the kernel and the options that it was built for
     * @param architecture Debian's name, or a description of an unknown machine
     * @param livepatch whether it has {@code livepatch=Y}
     * @param signed whether a signature is appended; it is not verified
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record KernelModule(
            String file,
            Optional<String> kernel,
            Optional<String> vermagic,
            String architecture,
            boolean livepatch,
            boolean signed) {}

    /** The bytes are no patch; refused also with {@code force}. */
    static final class RefusedContent extends IOException {
        private static final long serialVersionUID = 1L;

        RefusedContent(String message) {
            super(message);
        }
    }
}
