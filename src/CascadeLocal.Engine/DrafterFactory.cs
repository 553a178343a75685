using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Text;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Engine;

/// <summary>Makes what drafts ahead of a model's answers.</summary>
internal static class DrafterFactory
{
    /// <summary>
    /// The drafter, and what a drafted token takes; neither where none is asked for, or where that cannot be measured. Where it can never pay
    /// there is no drafter either, and its model is freed.
    /// </summary>
    /// <exception cref="ModelLoadException">The model cannot take back a token that was wrong.</exception>
    public static (Drafter? Drafter, DraftCost? Cost) Create(ModelOptions options, LoadedModel model, Vocabulary vocabulary, ILogger logger)
    {
        if (options.Drafting is null)
            return default;
        string name = model.Metadata.Name;
        if (!model.Context.CanCut)
            throw new ModelLoadException(options.Path, "drafter", "cannot be of use: the model has recurrent layers, which cannot take back a token");
        int most = Math.Min(model.PrefillBudget, model.Kv.ContextLength);
        DraftCost? measured = options.DraftCost ?? DecodeThread.Measure(() => DraftCost.Measure(model.Context, model.Drafter?.Context, most));
        if (measured is not { } cost)
        {
            logger.LogWarning("{Name}: what a drafted token takes cannot be measured; nothing is drafted ahead", name);
            model.Drafter?.Dispose();
            return default;
        }

        logger.LogInformation(
            "{Name}: to draft a token ahead takes {Draft:0.00} of a decode, to verify it {Verify:0.00}{Verdict}", name, cost.Draft, cost.Verify,
            cost.MayPay ? "" : ": never worth it, so nothing is drafted");
        if (!cost.MayPay)
        {
            model.Drafter?.Dispose();
            return (null, cost);
        }

        if (model.Drafter is not { } drafter)
            return (new LookupDrafter(vocabulary), cost);
        return (new ModelDrafter(drafter.Context, vocabulary, model.Kv.Sequences, drafter.Kv.ContextLength, drafter.PrefillBudget)
        {
            Failed = reason => logger.LogError("{Name}: {Drafter} drafts no more: {Reason}", name, drafter.Metadata.Name, reason),
        }, cost);
    }
}
