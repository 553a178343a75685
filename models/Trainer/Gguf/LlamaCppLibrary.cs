using System.Diagnostics;
using System.Runtime.InteropServices;

using LLama.Native;

namespace CascadeLocal.Trainer.Gguf;

/// <summary>llama.cpp in this process.</summary>
internal static unsafe class LlamaCppLibrary
{
    private static readonly Lazy<nint> Loaded = new(Load);

    /// <summary>
    /// <c>llama_decode(ctx, batch)</c> by its address, 0 for success: LLamaSharp's own call takes one lock for the whole
    /// process, under which questions that are answered at once would be decoded in turns.
    /// </summary>
    public static delegate* unmanaged<nint, LLamaNativeBatch, int> Decode { get; } =
        (delegate* unmanaged<nint, LLamaNativeBatch, int>)NativeLibrary.GetExport(Loaded.Value, "llama_decode");

    /// <summary>Loads the library once; of what it says only errors are passed on.</summary>
    public static void Prepare() => _ = Loaded.Value;

    private static nint Load()
    {
        NativeLibraryConfig.All.WithLogCallback((level, message) =>
        {
            if (level == LLamaLogLevel.Error)
                Console.Error.Write(message);
        });

        // The quantizer alone does not install the resolver of LLamaSharp's native library; this call does.
        NativeApi.llama_empty_call();
        ProcessModule library = Process.GetCurrentProcess().Modules.Cast<ProcessModule>()
            .First(module => module.ModuleName.StartsWith("libllama.", StringComparison.Ordinal));
        return NativeLibrary.Load(library.FileName);
    }
}
