using System.Reflection;
using System.Runtime.InteropServices;

using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Native;
using CascadeLocal.Engine.Scheduling;

using LLama.Native;

using Microsoft.Extensions.Logging.Abstractions;

namespace CascadeLocal.Engine;

/// <summary>
/// The libllama of this process: one of those that ship, or one that was built for the machine. The latter has to be of the same
/// release, since LLamaSharp's structs are; what can be told of that without loading it is <see cref="Inspect"/>, and the rest a
/// process of its own finds out by <see cref="TryAsync"/>, which a wrong library may end.
/// </summary>
public static class LlamaLibrary
{
    /// <summary>What of the C API every library of the release exports.</summary>
    private const string Prefix = "llama_";

    private const int TrialPrompt = 12;
    private const int TrialTokens = 4;

    /// <summary>The library that is loaded, and what it computes with; null before the first model.</summary>
    public static (string Path, string Backend)? Loaded => NativeBackend.Current is { } current ? (current.LibraryPath, current.Name) : null;

    /// <summary>The library for this CPU that ships.</summary>
    /// <exception cref="EngineException">None does.</exception>
    public static string Shipped => NativeBackend.Choose(MachineFacts.Detect() with { HasNvidiaDriver = false }).LibraryPath;

    /// <summary>Serves with a library in place of those that ship.</summary>
    /// <exception cref="InvalidOperationException">One is loaded already.</exception>
    public static void Use(string path) => NativeBackend.Prefer(path);

    /// <summary>Checks a library without loading it: a file for this machine, with the functions of the release, and its dependencies.</summary>
    /// <exception cref="LlamaLibraryException">It cannot serve; the message says why.</exception>
    public static void Inspect(string path)
    {
        ElfLibrary library = ElfLibrary.Read(path);
        string[] missing =
        [
            .. ElfLibrary.Read(Shipped).Exports.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
                .Except(library.Exports, StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ];
        if (missing.Length > 0)
        {
            string others = missing.Length > 3 ? $" and {missing.Length - 3} more" : "";
            throw new LlamaLibraryException(
                $"{path} lacks functions of the release of llama.cpp that this program is made for ({string.Join(", ", missing.Take(3))}{others}): it is of another one, or another library");
        }

        RequireNeeded(library, []);
    }

    /// <summary>The smallest of these models that is sound, to try a library on; null where none is.</summary>
    public static ModelOptions? ModelForTrial(IEnumerable<ModelOptions> models) => models
        .Select(model => (Model: model, Bytes: SizeOf(model)))
        .Where(model => model.Bytes is not null)
        .OrderBy(model => model.Bytes)
        .FirstOrDefault().Model;

    /// <summary>
    /// Loads a library into this process, measures it, and decodes with it. Whatever is wrong with it may end the process: so it is one
    /// that does nothing else.
    /// </summary>
    /// <param name="path">The library.</param>
    /// <param name="model">The model to decode with; null for none.</param>
    /// <exception cref="LlamaLibraryException">It does not compute.</exception>
    /// <exception cref="MemberException">It does not load, or does not load the model.</exception>
    public static async Task<LibraryFacts> TryAsync(string path, string? model)
    {
        Use(path);
        NativeBackend.Initialize(NullLogger.Instance);
        LibraryFacts facts = Measure(NativeBackend.Handle);
        if (model is not null)
            await DecodeAsync(model);
        return facts;
    }

    /// <summary>Libraries of llama.cpp's own must be found where the linker looks; the system's are left to it.</summary>
    private static void RequireNeeded(ElfLibrary library, HashSet<string> seen)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(library.Path))!;
        string[] variable = Environment.GetEnvironmentVariable("LD_LIBRARY_PATH")?.Split(':', StringSplitOptions.RemoveEmptyEntries) ?? [];
        foreach (string name in library.Needed.Where(name => name.StartsWith("libggml", StringComparison.Ordinal)))
        {
            if (!seen.Add(name))
                continue;
            string? found = library.SearchPath.Concat(variable).Select(place => Path.Combine(place, name)).FirstOrDefault(File.Exists);
            if (found is null)
            {
                throw new LlamaLibraryException(File.Exists(Path.Combine(folder, name))
                    ? $"{library.Path} needs {name}, which lies beside it, but is not looked for there: build with -DCMAKE_BUILD_RPATH_USE_ORIGIN=ON, or add {folder} to LD_LIBRARY_PATH"
                    : $"{library.Path} needs {name}, which is not beside it");
            }

            RequireNeeded(ElfLibrary.Read(found), seen);
        }
    }

    private static long? SizeOf(ModelOptions model)
    {
        try
        {
            return GgufFile.Open(model.Path).Length;
        }
        catch (ModelLoadException)
        {
            return null;
        }
    }

    internal static LibraryFacts Measure(nint library) => new(
        Version(library),
        Defaults<LLamaContextParams>(library, "llama_context_default_params"),
        Defaults<LLamaModelParams>(library, "llama_model_default_params"),
        Defaults<LLamaModelQuantizeParams>(library, "llama_model_quantize_default_params"));

    private static unsafe string Version(nint library) => NativeLibrary.TryGetExport(library, "ggml_version", out nint function)
        ? Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)function)()) ?? ""
        : "";

    /// <summary>
    /// A struct as the library fills it in: its bytes, and in hexadecimal those that are LLamaSharp's fields. It is written to where the
    /// first argument points (System V ABI, x86-64), so that a longer one than LLamaSharp's does no harm and is seen.
    /// </summary>
    private static unsafe StructFacts Defaults<T>(nint library, string function)
        where T : struct
    {
        const int Room = 4096;
        var fill = (delegate* unmanaged<byte*, byte*>)NativeLibrary.GetExport(library, function);
        Span<byte> first = stackalloc byte[Room];
        Span<byte> second = stackalloc byte[Room];
        first.Fill(0xAA);
        second.Fill(0x55);
        fixed (byte* one = first, other = second)
        {
            fill(one);
            fill(other);
        }

        int end = Room;
        while (end > 0 && first[end - 1] != second[end - 1])
            end--;
        bool[] isField = new bool[Marshal.SizeOf<T>()];
        foreach (FieldInfo field in typeof(T).GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            int offset = (int)Marshal.OffsetOf<T>(field.Name);
            isField.AsSpan(offset, Math.Min(SizeOf(field.FieldType), isField.Length - offset)).Fill(true);
        }

        byte[] fields = [.. first[..isField.Length].ToArray().Where((_, i) => isField[i])];
        return new StructFacts((end + sizeof(nint) - 1) / sizeof(nint) * sizeof(nint), isField.Length, Convert.ToHexString(fields));
    }

    private static unsafe int SizeOf(Type field) => field switch
    {
        { IsEnum: true } => Marshal.SizeOf(Enum.GetUnderlyingType(field)),
        { IsPointer: true } => sizeof(nint),
        _ when field.IsAssignableTo(typeof(Delegate)) => sizeof(nint),
        _ when field == typeof(bool) => sizeof(bool),
        _ => Marshal.SizeOf(field),
    };

    private static async Task DecodeAsync(string path)
    {
        ModelOptions options = new() { Path = path, ContextLength = 64, Parallel = 1, PrefillBudget = TrialPrompt, PrefixCache = false, Sampling = new() { Temperature = 0 } };
        using LanguageModel model = await LanguageModel.LoadAsync(options, NullLogger.Instance);
        int[] prompt = [.. Enumerable.Range(1, TrialPrompt).Select(token => token % model.Info.VocabularySize)];
        Generation answer = model.Start(new GenerationRequest { Prompt = prompt, MaxTokens = TrialTokens, IgnoreEndOfSequence = true });
        int tokens = 0;
        await foreach (AnswerEvent next in answer.ReadAllAsync())
        {
            if (!next.IsToken)
                continue;
            tokens++;
            if (next.Signals is not { } signals || !float.IsFinite(signals.LogProbability) || !float.IsFinite(signals.Entropy) || signals.LogProbability > 0)
                throw new LlamaLibraryException($"what it computes with {path} are no probabilities");
        }

        if (tokens != TrialTokens)
            throw new LlamaLibraryException($"it decoded {tokens} of {TrialTokens} tokens with {path}");
    }
}

/// <summary>What a loaded libllama says of its release.</summary>
/// <param name="Ggml">The version of ggml; empty where it does not say.</param>
/// <param name="Context">The defaults of a context.</param>
/// <param name="Model">Those of a model.</param>
/// <param name="Quantize">Those of quantising.</param>
public sealed record LibraryFacts(string Ggml, StructFacts Context, StructFacts Model, StructFacts Quantize)
{
    /// <summary>Why a library with these facts cannot take the place of one with <paramref name="shipped"/>; null where it can.</summary>
    public string? DifferenceFrom(LibraryFacts shipped)
    {
        ArgumentNullException.ThrowIfNull(shipped);
        if (Ggml != shipped.Ggml)
            return $"it is of ggml {(Ggml.Length == 0 ? "of an unknown version" : Ggml)}, and this program is made for {shipped.Ggml}";
        (string Name, StructFacts Own, StructFacts Expected)[] structs =
        [
            ("llama_context_params", Context, shipped.Context), ("llama_model_params", Model, shipped.Model),
            ("llama_model_quantize_params", Quantize, shipped.Quantize),
        ];
        foreach ((string name, StructFacts own, StructFacts expected) in structs)
        {
            if (own.Bytes != expected.Bytes)
                return $"its {name} has {own.Bytes} bytes, and this program is made for {expected.Bytes}: it is of another release of llama.cpp";
            if (own.Defaults != expected.Defaults)
                return $"the fields of its {name} stand elsewhere, or have other defaults: it is of another release of llama.cpp";
        }

        return null;
    }
}

/// <summary>A struct of llama.cpp's C API.</summary>
/// <param name="Bytes">What the library writes of it, rounded up to whole pointers.</param>
/// <param name="Managed">What LLamaSharp's own takes.</param>
/// <param name="Defaults">The bytes of its fields as the library fills them in, in hexadecimal.</param>
public sealed record StructFacts(int Bytes, int Managed, string Defaults);
