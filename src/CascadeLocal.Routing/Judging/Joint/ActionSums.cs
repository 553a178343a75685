namespace CascadeLocal.Routing.Judging.Joint;

/// <summary>An action of one cluster with its shares of what the whole plan gives on the questions for fitting.</summary>
/// <param name="Action">What is done.</param>
/// <param name="Accuracy">Its part of the mean correctness.</param>
/// <param name="Cost">Its part of the mean cost of priced questions, in ms.</param>
/// <param name="Losses">Its part of the share of the strongest model's right answers that is lost.</param>
internal readonly record struct ActionSums(CascadeAction Action, double Accuracy, double Cost, double Losses);
