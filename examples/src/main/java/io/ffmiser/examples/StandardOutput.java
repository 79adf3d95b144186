package io.ffmiser.examples;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;

/**
 * Standard output whose errors are not lost, as {@link System#out} loses them: each write that fails is a {@link Failed}, which passes
 * through a {@link PrintWriter}.
 */
final class StandardOutput extends OutputStream {
    private final OutputStream out;

    private StandardOutput(OutputStream out) {
        this.out = out;
    }

    /** Octets: not buffered. */
    static OutputStream octets() {
        return of(new FileOutputStream(FileDescriptor.out));
    }

    /** Text, in the terminal's encoding; to be flushed. */
    static PrintWriter text() {
        String encoding = System.getProperty("stdout.encoding", System.getProperty("native.encoding", "UTF-8"));
        return new PrintWriter(new OutputStreamWriter(octets(), Charset.forName(encoding)));
    }

    static OutputStream of(OutputStream out) {
        return new StandardOutput(out);
    }

    @Override
    public void write(int octet) {
        write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] octets, int offset, int length) {
        try {
            out.write(octets, offset, length);
        } catch (IOException e) {
            throw new Failed(e);
        }
    }

    @Override
    public void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            throw new Failed(e);
        }
    }

    /** What was printed did not arrive. */
    static final class Failed extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Failed(IOException cause) {
            super("cannot write standard output: " + cause.getMessage(), cause);
        }
    }
}
