/** What every provider needs beside its device: timers, the completion flyweight, settings. For providers only; not exported to others. */
@NullMarked
package io.ffmiser.rdma.provider;

import org.jspecify.annotations.NullMarked;
