using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Native;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Engine.Loading;

/// <summary>
/// Makes models that are loaded together fit into the memory that is free, by what nobody has set: fewer sequences first,
/// since a request then only waits, and shorter contexts last, since a request may then be refused.
/// </summary>
public static class MemoryFit
{
    /// <summary>No default context becomes shorter than this.</summary>
    internal const int LeastContextLength = 512;

    /// <summary>
    /// How the models of a pool are to be served so that all of them fit, as far as can be told before one is loaded. What was set is
    /// never changed; where that does not fit, everything stays as it is, and loading refuses what finds no room.
    /// </summary>
    /// <param name="pool">The models, in the order in which they are loaded.</param>
    /// <param name="logger">Told what was made smaller, and what does not fit.</param>
    /// <returns>One for each model; a file that cannot be served keeps its options, for loading says why.</returns>
    public static IReadOnlyList<ModelOptions> Plan(IReadOnlyList<ModelOptions> pool, ILogger logger)
    {
        // One alone is made to fit when it is loaded.
        if (pool.Count < 2)
            return pool;
        ModelFiles?[] files = [.. pool.Select(TryOpen)];
        ModelFiles[] sound = [.. files.OfType<ModelFiles>()];
        if (sound.Length < 2)
            return pool;
        NativeBackend backend = NativeBackend.Initialize(logger);
        IReadOnlyList<ModelOptions> fitting = Shrink(
            [.. sound.Select(file => file with { Options = file.Resolve(backend) })], FreeMemory.Now(backend), logger);
        int next = 0;
        return [.. files.Select((file, i) => file is null ? pool[i] : Laid(pool[i], fitting[next++]))];
    }

    /// <summary>The models' options, with fewer sequences and shorter contexts where that is needed and lets all of them fit.</summary>
    /// <param name="models">The models; prefill budget and GPU layers are set.</param>
    /// <param name="free">What is free.</param>
    /// <param name="logger">Told the figures, where something is made smaller or does not fit.</param>
    internal static IReadOnlyList<ModelOptions> Shrink(IReadOnlyList<ModelFiles> models, FreeMemory free, ILogger logger)
    {
        ModelOptions[] chosen = [.. models.Select(model => model.Options)];
        MemoryNeed[] needs = [.. models.Select(model => model.Need(model.Options, free.Gpus.Count))];
        while (!free.Holds(needs))
        {
            int largest = -1;
            ModelOptions? smaller = null;
            for (int i = 0; i < models.Count; i++)
            {
                if ((largest < 0 || needs[i].Variable > needs[largest].Variable) && Smaller(models[i], chosen[i]) is { } less)
                    (largest, smaller) = (i, less);
            }

            if (smaller is null)
            {
                if (models.Count > 1)
                    LogShortage(models, needs, free, logger);
                return models.Count > 1 ? [.. models.Select(model => model.Options)] : chosen;
            }

            chosen[largest] = smaller;
            needs[largest] = models[largest].Need(smaller, free.Gpus.Count);
        }

        for (int i = 0; i < models.Count; i++)
        {
            if (chosen[i] != models[i].Options)
                LogShrunk(models[i], chosen[i], needs[i], free, logger);
        }

        return chosen;
    }

    /// <summary>The next smaller way to serve a model that changes nothing that was set; null where there is none.</summary>
    private static ModelOptions? Smaller(ModelFiles model, ModelOptions options)
    {
        // Cells that were set are the size of the cache, whatever the rest is.
        if (options is { KvLayout: KvLayout.Unified, KvCells: not null })
            return null;
        KvBudget kv = KvBudget.Plan(options, model.Model.Metadata);
        if (model.Options.Parallel is null && kv.Sequences > 1)
            return options with { Parallel = kv.Sequences - 1 };
        return model.Options.ContextLength is null && kv.ContextLength > LeastContextLength
            ? options with { ContextLength = Math.Max(LeastContextLength, kv.ContextLength / 2) }
            : null;
    }

    private static ModelFiles? TryOpen(ModelOptions options)
    {
        try
        {
            ModelFiles files = ModelFiles.Open(options);
            _ = KvBudget.Plan(options, files.Model.Metadata);
            return options.PrefillBudget is < 1 ? null : files;
        }
        catch (ModelLoadException)
        {
            return null;
        }
    }

    /// <summary>The options as given, with what was found for the memory alone.</summary>
    private static ModelOptions Laid(ModelOptions options, ModelOptions fitting) =>
        options with { Parallel = fitting.Parallel, ContextLength = fitting.ContextLength };

    private static void LogShrunk(ModelFiles model, ModelOptions chosen, MemoryNeed need, FreeMemory free, ILogger logger)
    {
        KvBudget before = KvBudget.Plan(model.Options, model.Model.Metadata);
        KvBudget now = KvBudget.Plan(chosen, model.Model.Metadata);
        logger.LogWarning(
            "{Path}: {Parallel} x {Context} tokens in place of {DefaultParallel} x {DefaultContext}, so that it fits: {Need}; {Free}. parallel and ctx, where set, are kept",
            chosen.Path, now.Sequences, now.ContextLength, before.Sequences, before.ContextLength, need.InWords, free.InWords);
    }

    private static void LogShortage(IReadOnlyList<ModelFiles> models, MemoryNeed[] needs, FreeMemory free, ILogger logger) =>
        logger.LogError(
            "The {Count} models do not fit together: at the least {Needs}; {Free}. They are loaded in their order, and what finds no room is refused",
            models.Count, string.Join("; ", models.Select((model, i) => $"{model.Options.Path} {needs[i].InWords}")), free.InWords);
}
