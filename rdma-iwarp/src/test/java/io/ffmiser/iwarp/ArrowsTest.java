package io.ffmiser.iwarp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import io.ffmiser.iwarp.ddp.planted.DdpKnowsRdmap;
import io.ffmiser.iwarp.mpa.planted.MpaKnowsDdp;
import io.ffmiser.iwarp.rdmap.planted.RdmapKnowsSpi;
import io.ffmiser.iwarp.rdmap.planted.RdmapReadsClock;
import io.ffmiser.testkit.arrows.Arrows;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The arrows between the protocols of iWARP: each rule holds, and finds the violation planted for it. */
class ArrowsTest {
    private static final List<String> PROTOCOLS = List.of("iwarp.mpa", "iwarp.ddp", "iwarp.rdmap");
    private static final List<String> BELOW_DDP = List.of("iwarp.mpa");
    private static final List<String> BELOW_RDMAP = List.of("iwarp.mpa", "iwarp.ddp");

    private final JavaClasses main = Arrows.main();

    @Test
    void shouldUseOnlyWhatLiesBelow_whenAProtocolUsesAnother() {
        Arrows.mayUse("iwarp.mpa", List.of()).check(main);
        Arrows.mayUse("iwarp.ddp", BELOW_DDP).check(main);
        Arrows.mayUse("iwarp.rdmap", BELOW_RDMAP).check(main);
        Arrows.sansIo(PROTOCOLS).check(main);
        for (String protocol : PROTOCOLS) {
            assertTrue(Arrows.count(main, protocol) > 0, protocol);
        }
    }

    @Test
    void shouldFindThePlantedViolation_whenAProtocolUsesWhatItMayNot() {
        assertTrue(Arrows.mayUse("iwarp.mpa", List.of())
                .evaluate(Arrows.only(MpaKnowsDdp.class))
                .hasViolation());
        assertTrue(Arrows.mayUse("iwarp.ddp", BELOW_DDP)
                .evaluate(Arrows.only(DdpKnowsRdmap.class))
                .hasViolation());
        assertTrue(Arrows.mayUse("iwarp.rdmap", BELOW_RDMAP)
                .evaluate(Arrows.only(RdmapKnowsSpi.class))
                .hasViolation());
        assertTrue(Arrows.sansIo(PROTOCOLS)
                .evaluate(Arrows.only(RdmapReadsClock.class))
                .hasViolation());
    }
}
