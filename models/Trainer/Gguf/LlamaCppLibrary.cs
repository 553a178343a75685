using LLama.Native;

namespace CascadeLocal.Trainer.Gguf;

/// <summary>llama.cpp in this process.</summary>
internal static class LlamaCppLibrary
{
    private static readonly Lazy<bool> Loaded = new(Load);

    /// <summary>Loads the library once; of what it says only errors are passed on.</summary>
    public static void Prepare() => _ = Loaded.Value;

    private static bool Load()
    {
        NativeLibraryConfig.All.WithLogCallback((level, message) =>
        {
            if (level == LLamaLogLevel.Error)
                Console.Error.Write(message);
        });

        // The quantizer alone does not install the resolver of LLamaSharp's native library; this call does.
        NativeApi.llama_empty_call();
        return true;
    }
}
