using System.Runtime.InteropServices;

namespace CascadeLocal.Engine.Native;

/// <summary>The GPUs that the loaded llama.cpp can give layers to.</summary>
internal static unsafe class GpuMemory
{
    // ggml's GGML_BACKEND_DEVICE_TYPE_GPU.
    private const int Gpu = 1;

    /// <summary>Free bytes of each GPU; none where the backend computes on the CPU.</summary>
    public static long[] FreeBytes(NativeBackend backend)
    {
        if (!backend.IsGpu)
            return [];

        // They are in libggml and libggml-base, which libllama depends on: the linker looks there too.
        nint library = NativeBackend.Handle;
        var count = (delegate* unmanaged<nuint>)NativeLibrary.GetExport(library, "ggml_backend_dev_count");
        var get = (delegate* unmanaged<nuint, nint>)NativeLibrary.GetExport(library, "ggml_backend_dev_get");
        var type = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "ggml_backend_dev_type");
        var memory = (delegate* unmanaged<nint, nuint*, nuint*, void>)NativeLibrary.GetExport(library, "ggml_backend_dev_memory");
        List<long> free = [];
        for (nuint i = 0; i < count(); i++)
        {
            nint device = get(i);
            if (type(device) != Gpu)
                continue;
            nuint bytes = 0;
            nuint total = 0;
            memory(device, &bytes, &total);
            free.Add((long)bytes);
        }

        return [.. free];
    }
}
