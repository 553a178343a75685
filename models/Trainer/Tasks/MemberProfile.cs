namespace CascadeLocal.Trainer.Tasks;

/// <summary>How often each family and level is drawn. A family's weight goes by its difficulty, a level's by its number.</summary>
/// <param name="Easy">Weight of an easy family.</param>
/// <param name="Medium">Weight of a medium family.</param>
/// <param name="Hard">Weight of a hard family.</param>
/// <param name="LevelGrowth">What each level weighs more than the one below: the first weighs 1, the second 1 + this ...</param>
/// <param name="Practises">Whether <see cref="ITaskFamily.Practice"/> counts.</param>
internal sealed record MemberProfile(double Easy, double Medium, double Hard, double LevelGrowth, bool Practises = true)
{
    /// <summary>Every family alike and every level of a family alike: for query files and measurements.</summary>
    public static MemberProfile Even { get; } = new(Easy: 1, Medium: 1, Hard: 1, LevelGrowth: 0, Practises: false);

    /// <summary>The smallest member: a flat mix, since the hard families are beyond it anyway.</summary>
    public static MemberProfile Nano { get; } = new(Easy: 1, Medium: 1.5, Hard: 1.5, LevelGrowth: 0.1);

    /// <summary>The middle member.</summary>
    public static MemberProfile Small { get; } = new(Easy: 1, Medium: 2, Hard: 3, LevelGrowth: 0.4);

    /// <summary>The largest member: the hard families and levels outweigh the rest.</summary>
    public static MemberProfile Base { get; } = new(Easy: 1, Medium: 2, Hard: 3, LevelGrowth: 0.3);

    /// <summary>The weight of a family.</summary>
    public double WeightOf(ITaskFamily family) => family.Weight * (Practises ? family.Practice : 1) * family.Difficulty switch
    {
        Difficulty.Easy => Easy,
        Difficulty.Medium => Medium,
        _ => Hard,
    };

    /// <summary>The weight of a level within its family, from level 1.</summary>
    public double WeightOf(int level) => 1 + (level - 1) * LevelGrowth;
}
