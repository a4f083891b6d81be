package io.livepatch.server.patch.inspect;

import io.livepatch.storage.Architecture;
import io.livepatch.storage.PatchName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What the module of a patch has to be, by the patch's name.
 *
 * @param releases the kernel as {@code uname -r} may print it
 * @param machine empty for an architecture that we do not know
 */
record Expectation(Set<String> releases, Architecture architecture, Optional<ElfMachine> machine) {
    /**
     * Ubuntu's {@code 5.15.0-107.117-generic} is printed without the number of the upload, {@code 5.15.0-107-generic}. SUSE's
     * {@code 5.14.21-150500.55.7-default} looks the same and is printed whole, so both are expected.
     */
    private static final Pattern WITH_UPLOAD = Pattern.compile("(?<abi>\\d+(?:\\.\\d+)*-\\d+)\\.[^-]+-(?<flavour>.+)");

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
            found.add("it holds " + modules.size() + " kernel modules and not one");
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
