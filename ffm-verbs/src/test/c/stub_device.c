// The least that a context of a fake device asks for.
const char *ibv_get_device_name(void *device) {
    (void)device;
    return "fake";
}
