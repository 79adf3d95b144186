package io.ffmiser.initiator;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** UNMAP commands (SBC-4 section 5.35) of one block descriptor each. */
final class Unmapping implements BlockRange.Work {
    private static final int HEADER = 8;
    /** Header and one block descriptor. */
    private static final int PARAMETERS = 24;

    private final SessionEngine engine;
    private final int lun;
    private @Nullable RegisteredBuffer scratch;

    Unmapping(SessionEngine engine, int lun) {
        this.engine = engine;
        this.lun = lun;
    }

    @Override
    public void begin() {
        scratch = engine.memory().takeScratch(BlockRange.CONCURRENT * PARAMETERS);
    }

    @Override
    public void prepare(ScsiRequest request, int slot, long lba, int blocks) {
        RegisteredBuffer memory = scratch;
        if (memory == null) {
            throw new IllegalStateException("not begun");
        }
        byte[] parameters = new byte[PARAMETERS];
        parameters[1] = PARAMETERS - 2;
        parameters[3] = PARAMETERS - HEADER;
        CommandBlocks.putLong(parameters, HEADER, lba);
        CommandBlocks.putInt(parameters, HEADER + 8, blocks);
        long place = (long) slot * PARAMETERS;
        MemorySegment.copy(parameters, 0, memory.segment(), ValueLayout.JAVA_BYTE, place, PARAMETERS);
        byte[] cdb = new byte[10];
        cdb[0] = CommandBlocks.UNMAP;
        cdb[8] = PARAMETERS;
        request.commandOut(lun, cdb, memory, place, PARAMETERS);
    }

    /** A target that did not take all parameters has not done it. */
    @Override
    public @Nullable InitiatorException check(ScsiRequest done) {
        InitiatorException wrong = done.failure();
        if (wrong == null && done.residualBytes() != 0) {
            return new ResidualException(done.describe(), PARAMETERS, done.residualBytes());
        }
        return wrong;
    }

    @Override
    public void end() {
        RegisteredBuffer memory = scratch;
        scratch = null;
        if (memory != null) {
            engine.memory().giveScratch(memory);
        }
    }
}
