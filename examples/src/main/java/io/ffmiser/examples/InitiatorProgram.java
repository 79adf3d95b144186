package io.ffmiser.examples;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code iser-initiator}: looks at, reads, writes and measures disks over iSER. */
@Command(
        name = "iser-initiator",
        mixinStandardHelpOptions = true,
        version = "iser-initiator 0.1.0",
        subcommands = {
            LsCommand.class,
            InqCommand.class,
            ReadCommand.class,
            WriteCommand.class,
            CopyCommand.class,
            BenchCommand.class
        },
        description = "Uses disks over iSER. A disk is named iser://host[:port]/target-name/lun.",
        footer = {
            "",
            "Examples:",
            "  iser-initiator ls 127.0.0.1",
            "  iser-initiator inq iser://127.0.0.1/iqn.2026-11.io.ffmiser:disks/0",
            "  iser-initiator copy --verify photo.iso iser://127.0.0.1/iqn.2026-11.io.ffmiser:disks/0",
            "  (umask 077; head -c 16 /dev/urandom | base64 >host.secret)  (for CHAP: the same file at the target)",
            "  iser-initiator inq --chap-user host --chap-secret-file host.secret iser://127.0.0.1/iqn.2026-11.io.ffmiser:disks/0",
            "  iser-initiator bench --depth 1,32 iser://127.0.0.1/iqn.2026-11.io.ffmiser:disks/0",
            "",
            "Exit status: 0 done, 1 failed, 2 wrong usage, 3 data that should be the same differs, 141 who reads",
            "the output has gone (as with | head)."
        })
public final class InitiatorProgram implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    /** Runs one subcommand. */
    public static void main(String[] args) {
        Programs.main(new InitiatorProgram(), args);
    }

    @Override
    public void run() {
        throw new ParameterException(
                Objects.requireNonNull(spec).commandLine(), "what to do? ls, inq, read, write, copy or bench");
    }
}
